// An equation wider than the page scrolls in its box. The keyboard reaches such a box, and only such a box.
const letKeyboardScroll = () => {
    for (const box of document.querySelectorAll("div.math > .equation")) {
        if (box.scrollWidth > box.clientWidth) box.tabIndex = 0
        else box.removeAttribute("tabindex")
    }
}
document.fonts.ready.then(letKeyboardScroll)
addEventListener("resize", letKeyboardScroll)
