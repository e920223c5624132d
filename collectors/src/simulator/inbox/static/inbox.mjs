// Keeps the inbox page up to date: on every change it fetches the list again and puts in only what is new or different, so that
// open details, chosen tabs and the scroll position stay.
const list = document.getElementById('messages');
const live = document.getElementById('live');

function applyFilter() {
  const kind = document.querySelector('input[name="kind"]:checked')?.value ?? 'all';
  document.body.dataset.show = kind;
}

function fitFrame(frame) {
  const fit = () => {
    const page = frame.contentDocument?.documentElement;
    if (page) {
      frame.height = String(Math.min(1600, Math.max(120, page.scrollHeight)));
    }
  };
  frame.addEventListener('load', fit);
  fit();
}

function showLocalTimes(root) {
  for (const time of root.querySelectorAll('time')) {
    time.title = new Date(time.dateTime).toString();
  }
}

function prepare(root) {
  for (const frame of root.querySelectorAll('iframe')) {
    fitFrame(frame);
  }
  showLocalTimes(root);
}

async function refresh() {
  const response = await fetch('/inbox/messages.html');
  const next = new DOMParser().parseFromString(await response.text(), 'text/html').body;
  list.querySelector('.empty')?.remove();
  const wanted = [...next.children];
  for (const old of [...list.children]) {
    if (!wanted.some((article) => article.id === old.id)) {
      old.remove();
    }
  }
  let place = null;
  for (const article of wanted) {
    const present = article.id === '' ? null : document.getElementById(article.id);
    if (present === null) {
      const added = document.importNode(article, true);
      list.insertBefore(added, place === null ? list.firstChild : place.nextSibling);
      prepare(added);
      place = added;
    } else if (present.dataset.version === article.dataset.version) {
      place = present;
    } else {
      const changed = document.importNode(article, true);
      present.replaceWith(changed);
      prepare(changed);
      place = changed;
    }
  }
}

document.addEventListener('change', (event) => {
  if (event.target.name === 'kind') {
    applyFilter();
  }
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-toggle]');
  for (const id of button?.dataset.toggle.trim().split(' ') ?? []) {
    const card = button.closest('.card');
    for (const element of card.querySelectorAll(`[data-element="${CSS.escape(id)}"]`)) {
      element.classList.toggle('hidden-element');
    }
  }
});

applyFilter();
prepare(document);
const events = new EventSource('/inbox/events');
let shown = list.dataset.revision;
events.addEventListener('open', () => {
  live.textContent = 'live';
  live.dataset.state = 'live';
});
events.addEventListener('error', () => {
  live.textContent = 'not connected; trying again';
  live.dataset.state = 'lost';
});
events.addEventListener('message', (event) => {
  if (event.data !== shown) {
    shown = event.data;
    refresh();
  }
});
