// Keeps static files and one page for no network. Pages, which name people and orders, are never kept.
const CACHE = "store-1";
const OFFLINE = "{{ offline|escapejs }}";
const SCOPE = "{{ scope|escapejs }}";
const STATIC = "{% get_static_prefix %}";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.add(new Request(OFFLINE, { cache: "reload", credentials: "omit" }))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  const fresh = fetch(request).then((answer) => {
    if (answer.ok) cache.put(request, answer.clone());
    return answer;
  });
  if (!found) return fresh;
  fresh.catch(() => {});
  return found;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith(STATIC)) event.respondWith(kept(request));
  else if (request.mode === "navigate" && pathname.startsWith(SCOPE)) event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
});
