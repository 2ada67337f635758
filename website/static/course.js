// An equation or a figure wider than the page scrolls in its box. The keyboard reaches such a box.
const letKeyboardScroll = () => {
    const boxes = [...document.querySelectorAll("div.math > .equation, .drawing")]
    const wide = new Set(boxes.filter(box => box.scrollWidth > box.clientWidth)) // all are measured before one is changed
    for (const box of boxes) {
        if (wide.has(box)) box.tabIndex = 0
        else if (!box.hasAttribute("role")) box.removeAttribute("tabindex") // indices.js gives those that it walks through a role
    }
}
addEventListener("load", letKeyboardScroll) // the letters have come
addEventListener("resize", letKeyboardScroll)
// Paper is white: print in the light theme.
let themeOnScreen
addEventListener("beforeprint", () => {
    themeOnScreen = document.documentElement.dataset.theme
    document.documentElement.dataset.theme = "light"
})
addEventListener("afterprint", () => { document.documentElement.dataset.theme = themeOnScreen })
// Search shows the text around a word without the equations' LaTeX. A page that is opened from disk may not read another one:
// there the results come without that text, and without an error.
if (location.protocol == "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false
if (typeof Search == "object") {
    const {htmlToText} = Search
    Search.htmlToText = (page, place) => htmlToText(page.replace(/<annotation.*?<\/annotation>/gs, ""), place)
}
