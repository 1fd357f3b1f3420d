// The policy of these pages allows no inline script, so the start is a file of its own.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null, // nothing is sent to another host
  docExpansion: "none", // there are many operations: those of a group are drawn when it is opened
  defaultModelsExpandDepth: 0,
});
