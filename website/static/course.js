// An equation wider than the page scrolls in its box. The keyboard reaches such a box.
const letKeyboardScroll = () => {
    for (const box of document.querySelectorAll("div.math > .equation")) {
        if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
        else if (!box.hasAttribute("role")) box.removeAttribute("tabindex") // indices.js gives those that it walks through a role
    }
}
document.fonts.ready.then(letKeyboardScroll)
addEventListener("resize", letKeyboardScroll)
// Paper is white: print in the light theme.
let themeOnScreen
addEventListener("beforeprint", () => {
    themeOnScreen = document.documentElement.dataset.theme
    document.documentElement.dataset.theme = "light"
})
addEventListener("afterprint", () => { document.documentElement.dataset.theme = themeOnScreen })
