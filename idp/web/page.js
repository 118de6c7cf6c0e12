// What pages gain where scripts run; none of them needs it.
(() => {
  const all = (what) => document.querySelectorAll(what);
  // « Afficher »: shows the password, and hides it again before it is sent, so that no browser keeps it as plain text.
  all(".show").forEach((button) => {
    const input = document.getElementById(button.getAttribute("aria-controls"));
    const turn = (plain) => {
      input.type = plain ? "text" : "password";
      button.textContent = plain ? button.dataset.hide : button.dataset.show;
      button.setAttribute("aria-label", plain ? button.dataset.hideLabel : button.dataset.showLabel);
    };
    button.hidden = false;
    button.onclick = () => { turn(input.type === "password"); input.focus(); };
    input.form.addEventListener("submit", () => turn(false));
  });
  // « Mot de passe oublié » takes along what was typed, the password aside (S15).
  all("a[data-carry]").forEach((link) => {
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const carrier = document.getElementById("carry");
      ["association", "identifier"].forEach((name) => {
        carrier.elements[name].value = document.getElementById(name).value;
      });
      carrier.action = link.href;
      event.preventDefault();
      carrier.submit();
    };
  });
  // A second click while the first is under way sends nothing twice.
  all("form").forEach((form) => {
    let sent = false;
    form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
    addEventListener("pageshow", () => { sent = false; });
  });
})();
