// The console works without this file; it only makes it smoother.

const PASSING_MILLISECONDS = 8000;

/** Make a dialog that the server opened a modal one. */
function makeModal(dialog) {
  dialog.close();
  document.querySelectorAll("[inert]").forEach((part) => { part.inert = false; });
  dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog).focus();
}

/** Open a dialog at once; the form around the button would ask the server for it. */
function openDialog(event) {
  const button = event.target.closest("[data-opens]");
  if (!button) return;
  event.preventDefault();
  document.getElementById(button.dataset.opens).showModal();
}

/** Close the dialog that a Cancel link stands in, and leave the address of the page behind it. */
function closeFromLink(event) {
  const link = event.target.closest("dialog a.button");
  if (!link) return;
  event.preventDefault();
  location.replace(link.href);
}

/** Let a link that offers a value put it into its field. */
function fill(event) {
  const offer = event.target.closest("[data-fill]");
  if (!offer) return;
  event.preventDefault();
  const field = document.getElementById(offer.dataset.fill);
  field.value = offer.dataset.value;
  field.focus();
}

/** Copy what a button names, by the clipboard or, where a page may not use it, by selection. */
async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copied]");
  said.textContent = (await copied(source)) ? "Copied." : "Select it and copy it by hand.";
}

async function copied(source) {
  const items = [...source.querySelectorAll("li")].map((item) => item.textContent);
  const text = source.value ?? items.join("\n");
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}

/** A form is sent once; a second click does nothing. */
function sendOnce(event) {
  const form = event.target;
  if (form.method === "dialog" || event.submitter?.formMethod === "dialog") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
}

/** Good news leaves by itself, but not while somebody reads it. */
function letPass(notice) {
  const leave = () => {
    if (notice.matches(":hover, :focus-within")) return setTimeout(leave, PASSING_MILLISECONDS);
    notice.classList.add("leaving");
    return setTimeout(() => notice.remove(), 450);
  };
  setTimeout(leave, PASSING_MILLISECONDS);
}

/** The answer to a form takes the address of the page it stands for: Back and Reload send nothing. */
function settle(meta) {
  history.replaceState(null, "", meta.content);
}

/** What is shown once leaves the page when the page is left, and cannot be asked for again. */
function showOnce(place) {
  history.replaceState(null, "", place.dataset.once);
  addEventListener("pagehide", () => {
    for (const secret of place.querySelectorAll("[data-secret]")) {
      secret.removeAttribute("value");
      if ("value" in secret) secret.value = "";
      else secret.replaceChildren();
    }
  });
}

/** What looks like a button answers to the space bar as one. */
function press(event) {
  if (event.key !== " " || !event.target.matches("a[role=button]")) return;
  event.preventDefault();
  event.target.click();
}

/** A page that comes back from the browser's memory may be stale: its forms are sent already. */
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
document.addEventListener("click", openDialog);
document.addEventListener("click", closeFromLink);
document.addEventListener("click", fill);
document.addEventListener("click", copy);
document.addEventListener("keydown", press);
document.addEventListener("submit", sendOnce);
document.querySelectorAll("dialog[data-opened]").forEach(makeModal);
document.querySelectorAll("[data-passing]").forEach(letPass);
document.querySelectorAll("meta[name=keyreeve-here]").forEach(settle);
document.querySelectorAll("[data-once]").forEach(showOnce);
document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
