// Sets the colour scheme before the first paint. A file of its own because the page allows no inline script.
(() => {
  const root = document.documentElement;
  let saved = null;
  try {
    saved = localStorage.getItem('mantine-color-scheme-value');
  } catch {
    saved = null;
  }
  const system = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  const known = saved === 'light' || saved === 'dark';
  const chosen = known ? saved : 'dark';
  root.setAttribute('data-mantine-color-scheme', saved === 'auto' ? system : chosen);
})();
