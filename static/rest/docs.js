"use strict";

const page = document.getElementById("api");

window.SwaggerUIBundle({
  url: page.dataset.document,
  domNode: page,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  validatorUrl: null,
  filter: true,
});
