// A card: a question, and <details class="predict" data-choices="legal|not legal" data-answer="legal"> with the answer in it.
// This puts a button for each choice in front of it. Without this script the card is a folded answer.
for (const card of document.querySelectorAll("details.predict[data-choices]")) {
  const box = document.createElement("div")
  const said = document.createElement("span")
  box.className = "card-choices"
  box.setAttribute("role", "group")
  box.setAttribute("aria-label", "Your answer")
  said.className = "card-said"
  said.setAttribute("role", "status") // read aloud when it changes
  for (const choice of card.dataset.choices.split("|")) {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = choice
    button.setAttribute("aria-pressed", "false")
    button.addEventListener("click", () => {
      const right = choice == card.dataset.answer
      for (const other of box.querySelectorAll("button")) other.setAttribute("aria-pressed", other == button)
      box.dataset.right = right
      said.textContent = right ? "✓ Right." : `✗ No: ${card.dataset.answer}.`
      card.open = true
    })
    box.append(button)
  }
  box.append(said)
  card.before(box)
}
