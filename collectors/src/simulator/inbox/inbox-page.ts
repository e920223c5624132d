import { cardsOf } from '../teams/card-check.ts';
import { renderCard } from './card-html.ts';
import type { CardMessage, Inbox, InboxMessage, MailMessage } from './inbox.ts';
import { html, type Markup } from './markup.ts';

/** The whole page; works without JavaScript, which only keeps it up to date. */
export function renderInboxPage(inbox: Inbox): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Demo inbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/inbox/inbox.css">
<link rel="stylesheet" href="/inbox/card.css">
<script type="module" src="/inbox/inbox.mjs"></script>
</head>
<body>
<header class="top">
<div class="top-title"><h1>Demo inbox</h1><p class="top-note">What Tila sent to Microsoft Teams and by email, as its readers see it. Nothing leaves this machine.</p></div>
<nav aria-label="Show" class="filters">
<label><input type="radio" name="kind" value="all" checked> All</label>
<label><input type="radio" name="kind" value="card"> Teams</label>
<label><input type="radio" name="kind" value="mail"> Email</label>
</nav>
<p id="live" class="live top-note" role="status">newest first</p>
</header>
<main id="messages" data-revision="${inbox.revision}">
${renderMessages(inbox)}
</main>
</body>
</html>
`.text;
}

/** The list alone, as the page fetches it again after a change. */
export function renderMessages(inbox: Inbox): Markup {
  if (inbox.messages.length === 0) {
    return html`<section class="empty"><h2>Nothing has arrived yet</h2><p>Cards and mails appear here as soon as an alert is delivered.</p></section>`;
  }
  return html`${inbox.messages.map(renderMessage)}`;
}

function renderMessage(message: InboxMessage): Markup {
  return message.kind === 'card' ? renderCardMessage(message) : renderMailMessage(message);
}

const SHAPES = { workflow: 'Workflows', 'first-generation': 'Workflows, old URL', connector: 'Office 365 connector' } as const;

const GLYPHS = { queued: '○', posted: '✓', MessageSizeExceeded: '✕', BadCard: '✕', NullAttachments: '✕' } as const;

function renderCardMessage(message: CardMessage): Markup {
  const { outcome } = message;
  const key = `card-${message.id}`;
  return html`
<article id="${key}" data-kind="card" data-version="${outcome.state}" aria-labelledby="${key}-title">
<header><span class="avatar avatar-teams" aria-hidden="true">T</span>
<div class="message-title"><h2 id="${key}-title">Workflows</h2><p class="message-note"># ${message.channel} · ${time(message.receivedAt)} · via ${SHAPES[message.shape]}</p></div>
<span class="outcome outcome-${outcome.state}">${GLYPHS[outcome.state]} ${outcome.state}</span></header>
${'reason' in outcome ? html`<p class="reason">Not shown in Teams: ${outcome.reason}</p>` : null}
<div class="teams${'reason' in outcome ? ' teams-rejected' : ''}">${(cardsOf(message.body) ?? []).map(renderCard)}</div>
${message.warnings.map((warning) => html`<p class="warning">△ ${warning}</p>`)}
<details class="source"><summary>Source, ${message.bytes.toLocaleString('en')} bytes</summary><pre tabindex="0">${JSON.stringify(message.body, null, 2)}</pre></details>
</article>`;
}

function renderMailMessage(message: MailMessage): Markup {
  const key = `mail-${message.id}`;
  return html`
<article id="${key}" data-kind="mail" data-version="1" aria-labelledby="${key}-title">
<header><span class="avatar avatar-mail" aria-hidden="true">@</span>
<div class="message-title"><h2 id="${key}-title">${message.subject === '' ? '(no subject)' : message.subject}</h2>
<p class="message-note">${message.from} → ${message.to} · ${time(message.receivedAt)}</p></div></header>
<fieldset class="tabs"><legend class="visually-hidden">Part of the mail</legend>
${message.html === null ? null : chosenTab(key, 'html', 'As shown')}
${message.html === null ? chosenTab(key, 'text', 'Text part') : tab(key, 'text', 'Text part')}
${tab(key, 'headers', 'Headers')}
${message.html === null ? null : html`<div class="panel panel-html"><iframe title="Mail: ${message.subject}" src="/inbox/mail/${message.id}.html" sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"></iframe></div>`}
<div class="panel panel-text"><pre tabindex="0">${message.text}</pre></div>
<div class="panel panel-headers"><dl class="headers">${message.headers.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>
</fieldset>
${message.attachments.length === 0 ? null : html`<p class="attachments">${message.attachments.map((file) => html`<span>${file.name} · ${file.contentType} · ${file.bytes.toLocaleString('en')} bytes</span> `)}</p>`}
</article>`;
}

function tab(key: string, value: 'html' | 'text' | 'headers', label: string): Markup {
  return html`<label><input type="radio" name="${key}-tab" value="${value}"> ${label}</label>`;
}

function chosenTab(key: string, value: 'html' | 'text', label: string): Markup {
  return html`<label><input type="radio" name="${key}-tab" value="${value}" checked> ${label}</label>`;
}

function time(ms: number): Markup {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}
