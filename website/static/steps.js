// A figure that was drawn in steps: buttons show these one by one, and a line says each. Without this script, and on paper,
// all of them stand below each other.
for (const figure of document.querySelectorAll("svg[data-steps]")) {
  const says = figure.dataset.steps.split("; ") // what the whole is, then each step
  const last = says.length - 1
  let at = last
  const box = document.createElement("div")
  const said = document.createElement("span")
  box.className = "card-choices"
  box.setAttribute("role", "group")
  box.setAttribute("aria-label", `${says[0]}, step by step`)
  said.setAttribute("role", "status") // read aloud when it changes
  const buttons = { Back: () => at - 1, Next: () => (at == last ? 1 : at + 1), All: () => last }
  for (const [name, step] of Object.entries(buttons)) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = name
    button.addEventListener("click", () => {
      at = Math.max(1, step())
      for (const part of figure.querySelectorAll("[data-step]")) part.classList.toggle("step-to-come", part.dataset.step > at)
      said.textContent = name == "All" ? `All ${last} steps` : `Step ${at} of ${last}. ${says[at]}`
    })
    box.append(button)
  }
  box.append(said)
  figure.closest(".drawing").after(box)
}
