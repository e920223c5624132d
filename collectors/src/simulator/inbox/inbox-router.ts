import { join } from 'node:path';
import express, { type Request, type Response, type Router } from 'express';
import type { Inbox } from './inbox.ts';
import { renderInboxPage, renderMessages } from './inbox-page.ts';

const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** For the mail itself: no script, no network, only what is embedded. */
const MAIL_POLICY =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/** The page `/inbox`, its files, its live updates and the same messages as JSON. */
export function inboxRouter(inbox: Inbox): Router {
  const router = express.Router();
  router.get('/inbox', (_request, response) => {
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.type('html').send(renderInboxPage(inbox));
  });
  router.get('/inbox/messages.html', (_request, response) => {
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.setHeader('X-Revision', String(inbox.revision));
    response.type('html').send(renderMessages(inbox).text);
  });
  router.get('/inbox/messages.json', (_request, response) => {
    response.json({ revision: inbox.revision, messages: inbox.messages });
  });
  router.get('/inbox/mail/:id.html', (request, response) => sendMail(inbox, request.params.id, response));
  router.get('/inbox/events', (request, response) => followChanges(inbox, request, response));
  for (const file of ['inbox.css', 'card.css', 'inbox.mjs']) {
    router.get(`/inbox/${file}`, (_request, response) => response.sendFile(join(import.meta.dirname, 'static', file)));
  }
  return router;
}

function sendMail(inbox: Inbox, id: string, response: Response): void {
  const message = inbox.find(Number(id));
  response.setHeader('Content-Security-Policy', MAIL_POLICY);
  if (message?.kind !== 'mail' || message.html === null) {
    response.status(404).type('text/plain').send('no such mail\n');
    return;
  }
  response.type('html').send(withLinksInNewTabs(message.html));
}

/** Puts the base element where it keeps a document type in front of it, without which old layout rules would apply. */
function withLinksInNewTabs(page: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(page) ? page.replace(/<head[^>]*>/i, (head) => head + base) : `${base}${page}`;
}

/** Server-sent events: the revision now and after every change. */
function followChanges(inbox: Inbox, request: Request, response: Response): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const send = (): void => {
    response.write(`data: ${inbox.revision}\n\n`);
  };
  send();
  request.on('close', inbox.onChange(send));
}
