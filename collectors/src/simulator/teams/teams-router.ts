import express, { type Request, type Response, type Router } from 'express';
import type { Inbox } from '../inbox/inbox.ts';
import { cardWarnings, settleCard } from './card-check.ts';
import { RequestRate } from './request-rate.ts';
import type { WebhookMode } from './webhook-mode.ts';
import { CHANNELS, type Channel, isSigned, signatureOf, workflowId } from './webhook-urls.ts';

export interface TeamsRouterDeps {
  readonly clock: { now(): number; after(delayMs: number, callback: () => void): () => void };
  readonly inbox: Inbox;
  readonly mode: WebhookMode;
}

/** How long a flow takes from its 202 to the post. */
const FLOW_DELAY_MS = 700;

/** Microsoft Teams' three kinds of webhook. A Workflows URL answers 202 and nothing; what happened then, only the inbox knows. */
export function teamsRouter(deps: TeamsRouterDeps): Router {
  const router = express.Router();
  const rate = new RequestRate(deps.clock);
  const text = express.text({ type: () => true, limit: '512kb', defaultCharset: 'utf-8' });
  const workflow = (shape: 'workflow' | 'first-generation') => (request: Request, response: Response) => {
    const channel = CHANNELS.find((name) => workflowId(name) === request.params.id);
    if (refusedByMode(deps.mode, response)) {
      return;
    }
    if (channel === undefined) {
      refuse(response, 404, {
        code: 'WorkflowNotFound',
        message: `The workflow '${String(request.params.id)}' could not be found.`,
      });
    } else if (!isSigned(channel, request.originalUrl.split('?')[1] ?? '')) {
      const message = 'The authentication credentials are not valid.';
      refuse(response, 401, { code: 'DirectApiInvalidAuthorizationScheme', message });
    } else if (rate.exceeded(channel)) {
      response.setHeader('Retry-After', '1');
      refuse(response, 429, { code: 'TooManyRequests', message: 'Rate limit is exceeded. Try again in 1 seconds.' });
    } else {
      acceptWorkflow(deps, { channel, shape }, { request, response });
    }
  };
  router.post('/powerautomate/automations/direct/workflows/:id/triggers/manual/paths/invoke', text, workflow('workflow'));
  router.post('/workflows/:id/triggers/manual/paths/invoke', text, workflow('first-generation'));
  router.post('/webhookb2/:owner/IncomingWebhook/:secret/:group', text, (request, response) =>
    acceptConnector(deps, rate, { request, response }),
  );
  return router;
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

function acceptWorkflow(
  deps: TeamsRouterDeps,
  to: { readonly channel: Channel; readonly shape: 'workflow' | 'first-generation' },
  { request, response }: Exchange,
): void {
  const raw: unknown = request.body;
  const sent = typeof raw === 'string' ? raw : '';
  const body = parseJson(sent);
  if (body === undefined) {
    const message = "The input body for trigger 'manual' of type 'Request' must be valid JSON.";
    refuse(response, 400, { code: 'InvalidRequestContent', message });
    return;
  }
  const bytes = Buffer.byteLength(sent);
  const id = deps.inbox.add({
    kind: 'card',
    receivedAt: deps.clock.now(),
    ...to,
    bytes,
    body,
    outcome: { state: 'queued' },
    warnings: cardWarnings(body),
  });
  deps.clock.after(FLOW_DELAY_MS, () => deps.inbox.settleCard(id, settleCard(body, bytes)));
  response.setHeader('x-ms-workflow-run-id', `demo-run-${id}`);
  response.status(202).end();
}

/** The retired connector: delivery is answered at once, and its errors come inside a 200. */
function acceptConnector(deps: TeamsRouterDeps, rate: RequestRate, { request, response }: Exchange): void {
  const channel = CHANNELS.find(
    (name) => `${workflowId(name)}@demo` === request.params.owner && signatureOf(name).startsWith(String(request.params.secret)),
  );
  if (refusedByMode(deps.mode, response)) {
    return;
  }
  if (channel === undefined) {
    response.status(404).send('Invalid webhook URL');
    return;
  }
  const raw: unknown = request.body;
  const sent = typeof raw === 'string' ? raw : '';
  const body = parseJson(sent);
  if (body === undefined) {
    response.status(400).send('Bad payload received by generic incoming webhook.');
    return;
  }
  const bytes = Buffer.byteLength(sent);
  if (rate.exceeded(channel)) {
    response.send(connectorError(429));
    return;
  }
  const outcome = isMessageCard(body) ? { state: 'posted' as const } : settleCard(body, bytes);
  deps.inbox.add({
    kind: 'card',
    receivedAt: deps.clock.now(),
    channel,
    shape: 'connector',
    bytes,
    body,
    outcome,
    warnings: cardWarnings(body),
  });
  if (outcome.state === 'MessageSizeExceeded') {
    response.send(connectorError(413));
  } else {
    response.send(outcome.state === 'posted' ? '1' : connectorError(400));
  }
}

function refusedByMode(mode: WebhookMode, response: Response): boolean {
  const reply = mode.next();
  switch (reply.kind) {
    case 'ok':
      return false;
    case 'hang':
      return true;
    case 'connector-error':
      response.send(connectorError(429));
      return true;
    case 'status':
      if (reply.retryAfter !== undefined) {
        response.setHeader('Retry-After', reply.retryAfter);
      }
      refuse(response, reply.status, { code: 'SimulatedFailure', message: `The demo webhook is set to answer ${reply.status}.` });
      return true;
  }
}

function connectorError(status: number): string {
  return `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${status} with ContextId tcid=0,server=demo.`;
}

function refuse(response: Response, status: number, error: { readonly code: string; readonly message: string }): void {
  response.status(status).json({ error });
}

/** The connector's own card format; Workflows take it too but lose its buttons, so Tila never sends it. */
function isMessageCard(body: unknown): boolean {
  return typeof body === 'object' && body !== null && '@type' in body && body['@type'] === 'MessageCard';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
