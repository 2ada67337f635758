{ // a block of its own: the scripts of a page share their names
// ---------------------------------------------------------------- previews
// Point at a reference to an equation, or at a word of the glossary, or reach it by keyboard: what stands there shows in a box.
// The pointer can move onto the box; Escape closes it. A finger follows the link, as ever.
const previewScript = new URL("previews.js", document.currentScript.src) // made by website/extensions/previews.py
const preview = Object.assign(document.createElement("div"), {id: "preview", className: "preview", role: "tooltip"})
let wanted, shown, waiting

const over = (event) => {
  if (event.pointerType == "touch") return
  const link = linkAt(event) ?? (preview.contains(event.target) ? shown : undefined)
  want(link ?? (shown?.matches(":focus-visible") ? shown : undefined), link ? 150 : 300)
}
const linkAt = (event) => event.target.closest?.('.bd-article :is(a[href*="#equation-"], a[href*="glossary.html#"]):not(.headerlink)') ?? undefined
const want = (link, delay) => {
  if (link == wanted) return
  wanted = link
  clearTimeout(waiting)
  waiting = setTimeout(link ? show : hide, delay)
}
const show = async () => {
  const link = wanted
  if (link == shown) return
  const content = await referredTo(link)
  if (link != wanted) return
  hide()
  if (!content) return
  preview.innerHTML = content
  document.body.append(preview)
  link.setAttribute("aria-describedby", preview.id)
  shown = link
  const at = link.getClientRects()[0]
  const below = at.bottom + preview.offsetHeight < innerHeight
  preview.style.top = `${scrollY + (below ? at.bottom : at.top - preview.offsetHeight)}px`
  preview.style.left = `${scrollX + Math.max(8, Math.min(at.left, document.documentElement.clientWidth - preview.offsetWidth - 8))}px`
}
const hide = () => {
  shown?.removeAttribute("aria-describedby")
  shown = undefined
  preview.remove()
}
const referredTo = async (link) => {
  const place = decodeURIComponent(link.hash.slice(1))
  if (link.pathname == location.pathname) return document.getElementById(place)?.querySelector(".equation")?.innerHTML
  if (!window.previews) {
    await new Promise((done) => document.head.append(Object.assign(document.createElement("script"), {src: previewScript, onload: done, onerror: done})))
  }
  return window.previews?.[place]
}
document.addEventListener("pointerover", over)
document.addEventListener("focusin", (event) => { if (event.target.matches(":focus-visible")) want(linkAt(event), 0) })
document.addEventListener("focusout", () => want(undefined, 300))
document.addEventListener("keydown", (event) => { if (event.key == "Escape") hide() })

// ---------------------------------------------------------------- LaTeX to copy
// Every formula holds its source. A copied text has that in the formula's place; a displayed equation has a button, too.
const source = (formula) => {
  const tex = formula.querySelector("annotation").textContent
  return formula.getAttribute("display") == "block" ? `$$\n${tex}\n$$` : `$${tex}$`
}
document.addEventListener("copy", (event) => {
  const selection = getSelection()
  if (selection.isCollapsed) return
  const range = selection.getRangeAt(0).cloneRange()
  const around = (node) => (node.closest ? node : node.parentElement).closest("math")
  if (around(range.startContainer)) range.setStartBefore(around(range.startContainer))
  if (around(range.endContainer)) range.setEndAfter(around(range.endContainer))
  const copied = document.createElement("div")
  copied.append(range.cloneContents())
  const formulas = copied.querySelectorAll("math")
  if (!formulas.length) return
  for (const formula of formulas) {
    const tex = Object.assign(document.createElement("span"), {textContent: source(formula)})
    tex.style.whiteSpace = "pre"
    formula.replaceWith(tex)
  }
  for (const other of copied.querySelectorAll(".headerlink, button")) other.remove()
  document.body.append(copied) // only what is on the page has lines
  event.clipboardData.setData("text/plain", copied.innerText)
  event.clipboardData.setData("text/html", copied.innerHTML)
  copied.remove()
  event.preventDefault()
})

// One button, which goes to the equation that the pointer or the keyboard is at.
const copyButton = Object.assign(document.createElement("button"), {type: "button", className: "copy-latex"})
const offer = (event) => {
  const equation = event.target.closest?.("div.math")
  if (!equation || equation.contains(copyButton) || copyButton.matches(":focus-visible")) return
  copyButton.textContent = "Copy LaTeX"
  equation.append(copyButton)
}
document.addEventListener("pointerover", offer)
document.addEventListener("focusin", offer)
new ClipboardJS(copyButton, {text: () => source(copyButton.parentElement.querySelector("math"))})
  .on("success", () => { copyButton.textContent = "Copied" })
}
