// Shows the document that this server gives out. "Try it out" calls this server and nobody else, under the name that the
// page was opened by: its policy allows no other.

const place = document.querySelector('#document')
const response = await fetch(`/openapi.json${location.search}`)
const spec = await response.json()

for (const link of document.querySelectorAll('nav a')) {
  if (link.getAttribute('href') === `/docs${location.search}`) link.setAttribute('aria-current', 'page')
}

if (response.ok) {
  spec.servers = [{ url: location.origin }]
  window.SwaggerUIBundle({
    spec,
    domNode: place,
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    tryItOutEnabled: true,
    validatorUrl: null,
  })
} else {
  place.textContent = spec.error.message
}
