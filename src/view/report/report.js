"use strict";
(function () {
  var root = document.documentElement;
  root.classList.add("scripted");
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var themes = document.querySelectorAll("button[data-theme]");
  function mark() {
    var shown = root.getAttribute("data-theme") || (dark.matches ? "dark" : "light");
    themes.forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-theme") === shown));
    });
  }
  themes.forEach(function (button) {
    button.addEventListener("click", function () {
      root.setAttribute("data-theme", button.getAttribute("data-theme"));
      mark();
    });
  });
  dark.addEventListener("change", mark);
  mark();
  document.getElementById("print").addEventListener("click", function () {
    window.print();
  });
  document.querySelectorAll(".fold").forEach(function (fold) {
    var rows = fold.nextElementSibling;
    var words = fold.querySelector("span");
    if (!words || !rows || !rows.classList.contains("folded")) {
      return;
    }
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = words.textContent;
    function show(open) {
      rows.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    }
    button.addEventListener("click", function () {
      show(rows.hidden);
    });
    words.replaceWith(button);
    show(false);
  });
  var links = Array.prototype.slice.call(document.querySelectorAll("nav li a"));
  var places = links.map(function (link) {
    return document.getElementById(link.getAttribute("href").slice(1));
  });
  function follow() {
    var at = 0;
    places.forEach(function (place, index) {
      if (place && place.getBoundingClientRect().top < 120) {
        at = index;
      }
    });
    var end = window.innerHeight + window.scrollY >= root.scrollHeight - 2;
    if (end && window.scrollY > 0) {
      at = links.length - 1;
    }
    links.forEach(function (link, index) {
      if (index === at) {
        link.setAttribute("aria-current", "true");
      } else {
        link.removeAttribute("aria-current");
      }
    });
  }
  window.addEventListener("scroll", follow, { passive: true });
  follow();
})();
