// An index lights up wherever it stands: in its equation, and in the page's figures. Point at it or tap it; or focus an equation
// and walk through its indices with the arrow keys. A line at the foot of the screen says what the index is; screen readers say it.

// ---- Reading an equation as the book does: statements, their sides, the sides' terms, and the places of each index.

const SUMS = /^[∑∏]$|^(max|min)$/
const RELATIONS = /^[=≠≈∈<>≤≥→]$/

function placesOf(math) {
  const places = []
  let depth = 0, statement = 0, side = 0, term = 0, inTable = false, open = 0, brackets = 0, part = 0
  const newStatement = () => { statement++; side = term = 0 }
  const add = (letter, on) => places.push({ letter, on, text: letter.textContent, bare: on == null, statement, side, term, bracket: open && brackets, part: open && part })
  const inside = nodes => { depth++; for (const node of nodes) read(node); depth-- }
  const lettersOf = node => (node.localName == "mi" ? [node] : [...node.querySelectorAll("mi")]).filter(mi => /^[a-z]$/.test(mi.textContent))

  function read(node) {
    const children = [...node.children]
    if (node.localName == "mtable" && !inTable) {
      inTable = true // a table inside is a matrix, or cases
      for (const row of children) {
        if (row.firstElementChild.textContent.trim()) newStatement()
        for (const cell of row.children) [...cell.children].forEach(read)
      }
    }
    else if (/^(msub|msubsup|munder|munderover)$/.test(node.localName)) {
      const [base, script, ...rest] = children
      const sum = SUMS.test(base.textContent)
      if (!sum) read(base)
      const own = base.textContent == "I" ? [] : lettersOf(script) // an identity matrix has its size there
      for (const letter of sum && /=/.test(script.textContent) ? own.slice(0, 1) : own) add(letter, sum ? "∑" : base.textContent)
      inside(rest)
    }
    else if (node.localName == "mo") {
      const sign = node.textContent
      if (/[([]/.test(sign)) { depth++; if (!open++) { brackets++; part = 0 } }
      else if (/[)\]]/.test(sign)) { depth--; open-- }
      else if (depth) part += /^[+−]$/.test(sign)
      else if (RELATIONS.test(sign)) { side++; term = 0 }
      else if (/^[+−]$/.test(sign)) term++
      else if (sign == ",") newStatement()
    }
    else if (node.localName == "mi") { if (/^[a-z]$/.test(node.textContent)) add(node, null) }
    else if (/^(mfrac|mtable|msup|mover|msqrt)$/.test(node.localName)) inside(children)
    else if (node.localName != "annotation") children.forEach(read)
  }
  read(math)
  // A letter that is no subscript counts where the statement has it as an index: "1 where i = j".
  return places.filter(one => !one.bare || places.some(other => !other.bare && other.statement == one.statement && other.text == one.text))
}

// How often these places of an index stand in their term: with brackets multiplied out, only one of the parts of each counts.
function timesOf(places) {
  const most = {}
  for (const { bracket, part } of places) {
    const here = places.filter(other => other.bracket == bracket && other.part == part).length
    most[bracket] = Math.max(most[bracket] ?? 0, here)
  }
  return Object.values(most).reduce((sum, times) => sum + times, 0)
}

// The indices of an equation, in reading order. A free index is one in all its statement; a dummy belongs to its term.
function indicesOf(math) {
  const indices = new Map(), places = placesOf(math)
  for (const place of places) {
    const { statement, side, term, text } = place
    const first = places.filter(other => other.statement == statement && other.side == 0)
    const component = first.every(one => one.term == first[0].term && first.filter(other => other.text == one.text).length == 1)
    const together = places.filter(other => other.statement == statement && other.side == side && other.term == term && other.text == text)
    const free = component && places.some(other => other.statement == statement && other.side) ? first.some(one => one.text == text)
      : timesOf(together) == 1
    const key = free ? [statement, text] : [statement, side, term, text]
    if (!indices.has(`${key}`)) indices.set(`${key}`, { text, free, places: [] })
    indices.get(`${key}`).places.push(place)
  }
  return [...indices.values()]
}

// ---- Lighting it up.

const said = document.createElement("div")
said.className = "index-said"
said.setAttribute("role", "status") // read aloud when it changes

function light(index, marks = []) {
  for (const lit of document.querySelectorAll(".index-lit")) lit.classList.remove("index-lit")
  for (const mark of marks) mark.classList.add("index-lit")
  if (said.textContent != index) said.textContent = index
}

const inFigures = letter => document.querySelectorAll(`svg [data-index="${letter}"]`)

function show(index, wrong) {
  const role = wrong ? "" : index.free ? " is free" : " is a dummy, summed over"
  const count = index.places.length
  const on = index.places.map(place => place.on ?? "its own").join(", ").replaceAll("𝟏", "1")
  light(`${index.text}${role}: ${count} ${count == 1 ? "place" : "places"}, on ${on}`, [...index.places.map(place => place.letter), ...inFigures(index.text)])
}

for (const box of document.querySelectorAll("div.math > .equation:has(msub, msubsup, munder, munderover)")) {
  let found
  const indices = () => found ??= [...box.querySelectorAll("math")].flatMap(indicesOf) // read when the reader comes, not while the page loads
  const wrong = box.parentElement.matches(".refuted")
  let at = -1
  box.tabIndex = 0
  box.setAttribute("role", "group")
  box.setAttribute("aria-label", "Equation")

  const point = event => { // small letters: the nearest within a fingertip
    let nearest = null, least = 16
    indices().forEach((index, number) => index.places.forEach(({ letter }) => {
      const { left, right, top, bottom } = letter.getBoundingClientRect()
      const far = Math.hypot(event.clientX - (left + right) / 2, event.clientY - (top + bottom) / 2)
      if (far < least) [least, nearest] = [far, number]
    }))
    if (nearest == null) return light("")
    show(indices()[at = nearest], wrong)
  }
  box.addEventListener("mousemove", point)
  box.addEventListener("click", point)
  box.addEventListener("mouseleave", () => light(""))
  box.addEventListener("focus", () => { at = -1; light(box.matches(":focus-visible") && indices().length ? "Arrow keys: one index after the other" : "") })
  box.addEventListener("blur", () => light(""))
  box.addEventListener("keydown", event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (event.key == "Escape") light("")
    if (!step || !indices()[at + step]) return // past the last, the keys scroll as ever
    event.preventDefault()
    show(indices()[at += step], wrong)
    indices()[at].places[0].letter.scrollIntoView({ block: "nearest", inline: "nearest" })
  })
}

for (const figure of document.querySelectorAll("svg:has([data-index])")) {
  figure.addEventListener("mouseover", event => {
    const letter = event.target.closest("[data-index]")?.dataset.index
    light(letter ?? "", letter ? figure.querySelectorAll(`[data-index="${letter}"]`) : [])
  })
  figure.addEventListener("mouseleave", () => light(""))
}
document.body.append(said)
