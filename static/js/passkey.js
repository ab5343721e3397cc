// Says in words when a passkey could not be used; the library itself only logs it.
const words = JSON.parse(document.body.dataset.words || "{}");
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const place = document.getElementById("toasts");
  const box = document.createElement("div");
  box.className = "bt-toast bt-toast-bad";
  box.setAttribute("role", "alert");
  box.textContent = words.passkey;
  place.replaceChildren(box);
});
