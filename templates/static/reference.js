// Draws the API reference. A key that is typed here stays in this page.
const place = document.getElementById("reference");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  docExpansion: "list",
  filter: true,
  syntaxHighlight: false,
  validatorUrl: null,
});
