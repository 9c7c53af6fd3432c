// Runs before the first paint, so that nobody sees the wrong colours flash by.
(() => {
  const wanted = localStorage.getItem("theme");
  if (wanted === "light" || wanted === "dark") document.documentElement.dataset.theme = wanted;
})();
