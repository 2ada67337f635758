// The page chapters/playground: equations are typeset while they are typed; worker.js derives, once it is asked to.
const form = document.getElementById("playground")
const [equations, preview, said, result] = ["equations", "preview", "said", "result"].map((name) => document.getElementById(name))
let wrt = ""
let worker = null

// ---------------------------------------------------------------- typesetting

let temml = null

function fetchTemml() {
  const font = new FontFace("Playground Math", `url(${new URL("./math.woff2", import.meta.url)})`)
  font.load().then(() => document.fonts.add(font))
  const script = document.createElement("script")
  script.src = new URL("./temml.min.js", import.meta.url)
  document.head.append(script)
  return new Promise((resolve) => (script.onload = () => resolve(window.temml)))
}

async function typeset(latex, box, displayMode = true) {
  temml ??= fetchTemml() // a reader who types nothing need not wait for it
  box.innerHTML = (await temml).renderToString(latex, { displayMode, throwOnError: false, annotate: true })
}

const lines = () => equations.value.split("\n").filter((line) => line.trim())
const aligned = (all) => (all[0]?.trim().startsWith("\\begin") ? all.join("\n") : `\\begin{aligned}${all.map((line) => line.replace(/:?=/, "&$&")).join(" \\\\ ")}\\end{aligned}`)

// ---------------------------------------------------------------- asking the engine

function ask() {
  if (!worker) {
    tell("Fetching Python and the engine, once …")
    worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" })
    worker.onerror = broken
    worker.onmessage = ({ data }) => (data.broken ? broken(data.broken) : data.ready ? tell("") : show(data))
  }
  worker.postMessage({ equations: equations.value, wrt })
  history.replaceState(null, "", `#${new URLSearchParams({ equations: lines().join("\n"), wrt })}`)
}

function tell(text) {
  said.textContent = text
}

function broken(error) {
  worker?.terminate()
  worker = null
  tell(`Python could not be started. ${error.message ?? error}`)
}

// ---------------------------------------------------------------- showing what it said

function show(found) {
  result.replaceChildren()
  tell("")
  if (found.error) return result.append(made("pre", found.error, { role: "alert", className: "playground-error" }))
  wrt = found.wrt
  result.append(choices(found.inputs))
  formula("Every step", found.derivation)
  formula("In matrix notation", found.matrix || "\\text{There is none: some tensor here is no matrix, or no product of matrices sums so.}")
  code("NumPy", found.numpy)
  code("PyTorch", found.torch)
  tell(`Derived by ${wrt}.`)
}

function choices(inputs) {
  const box = made("div", "Differentiate by ", { className: "card-choices", role: "group" })
  box.setAttribute("aria-label", "Differentiate by")
  for (const name of inputs) {
    const button = made("button", "", { type: "button", onclick: () => ((wrt = name), ask()) })
    button.setAttribute("aria-label", name)
    button.setAttribute("aria-pressed", name == wrt)
    typeset(name, button, false)
    box.append(button)
  }
  return box
}

function formula(title, latex) {
  const box = made("div", "", { className: "equation", tabIndex: 0 })
  box.setAttribute("role", "group")
  box.setAttribute("aria-label", title)
  section(title, box, latex)
  typeset(latex, box)
}

function code(title, text) {
  section(title, made("pre", text.trim(), { tabIndex: 0 }), text)
}

function section(title, box, text) {
  const copy = made("button", "Copy", { type: "button", onclick: () => navigator.clipboard.writeText(text).then(() => tell(`${title}: copied.`)) })
  copy.setAttribute("aria-label", `Copy: ${title}`)
  const head = made("div", "", { className: "playground-head" })
  head.append(made("h2", title, {}), copy)
  result.append(head, box)
}

function made(tag, text, fields) {
  return Object.assign(document.createElement(tag), { textContent: text }, fields)
}

// ---------------------------------------------------------------- what the reader does

form.addEventListener("submit", (event) => {
  event.preventDefault()
  ask()
})
equations.addEventListener("input", () => typeset(aligned(lines()), preview))
for (const example of document.querySelectorAll("[data-equations]"))
  example.addEventListener("click", () => {
    equations.value = example.dataset.equations
    wrt = ""
    typeset(aligned(lines()), preview)
    ask()
  })

const asked = new URLSearchParams(location.hash.slice(1))
if (asked.get("equations")) {
  equations.value = asked.get("equations")
  wrt = asked.get("wrt") ?? ""
  typeset(aligned(lines()), preview)
  ask()
}
