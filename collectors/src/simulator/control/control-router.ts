import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import type { Inbox } from '../inbox/inbox.ts';
import { MailModeRequest, type SmtpInbox } from '../mail/smtp-inbox.ts';
import { type ScenarioFile, scenarioLengthMs } from '../scenarios/scenario-file.ts';
import type { ScenarioRuns } from '../scenarios/scenario-runs.ts';
import { type WebhookMode, WebhookModeRequest } from '../teams/webhook-mode.ts';

export interface ControlRouterDeps {
  readonly clock: { now(): number };
  readonly scenarios: readonly ScenarioFile[];
  readonly runs: ScenarioRuns;
  readonly mode: WebhookMode;
  readonly smtp: SmtpInbox;
  readonly inbox: Inbox;
}

/** What another site's page cannot send without permission; every control request must carry it. */
export const CONTROL_HEADER = 'x-tila-demo';

/** Lists, starts and stops scenarios, and sets how the webhook and the SMTP server answer. */
export function controlRouter(deps: ControlRouterDeps): Router {
  const router = express.Router();
  const guarded = (serve: (request: Request, response: Response) => void) => [
    requireHeader,
    express.json({ limit: '10kb' }),
    serve,
  ];
  router.get(
    '/scenarios',
    ...guarded((_request, response) => void response.json(deps.scenarios.map((file) => describe(deps, file)))),
  );
  router.post('/scenarios/:name/start', ...guarded((request, response) => start(deps, String(request.params.name), response)));
  router.post('/scenarios/:name/stop', ...guarded((request, response) => stop(deps, String(request.params.name), response)));
  router.get('/state', ...guarded((_request, response) => void response.json(stateOf(deps))));
  router.post(
    '/teams/mode',
    ...guarded((request, response) => {
      accept(WebhookModeRequest, request, response)?.((mode) => deps.mode.set(mode));
    }),
  );
  router.post(
    '/smtp/mode',
    ...guarded((request, response) => {
      accept(MailModeRequest, request, response)?.((mode) => deps.smtp.set(mode));
    }),
  );
  router.post(
    '/inbox/clear',
    ...guarded((_request, response) => {
      deps.inbox.clear();
      response.status(204).end();
    }),
  );
  return router;
}

function requireHeader(request: Request, response: Response, next: NextFunction): void {
  if (request.headers[CONTROL_HEADER] === undefined) {
    response.status(403).json({ error: `send the header X-Tila-Demo: 1 with every request to ${request.path}` });
    return;
  }
  next();
}

function describe({ runs }: ControlRouterDeps, file: ScenarioFile) {
  const run = runs.current(file.name);
  return {
    name: file.name,
    title: file.title,
    summary: file.summary,
    environment: file.environment,
    lengthMs: scenarioLengthMs(file),
    phases: file.phases.map(({ name, at, until }) => ({ name, atMs: at, untilMs: until })),
    running: run === undefined ? null : { startedAt: run.startedAt, endsAt: runs.endsAt(run) },
  };
}

function start(deps: ControlRouterDeps, name: string, response: Response): void {
  const file = deps.scenarios.find((scenario) => scenario.name === name);
  if (file === undefined) {
    const known = deps.scenarios.map((scenario) => scenario.name).join(', ');
    response.status(404).json({ error: `there is no scenario ${JSON.stringify(name)}; known are ${known}` });
  } else if (deps.runs.start(name) === undefined) {
    response.status(409).json({ error: `${name} is running already; stop it first`, scenario: describe(deps, file) });
  } else {
    response.json(describe(deps, file));
  }
}

function stop(deps: ControlRouterDeps, name: string, response: Response): void {
  const run = deps.runs.stop(name);
  if (run === undefined) {
    response.status(409).json({ error: `${name} is not running` });
  } else {
    response.json({ scenario: name, startedAt: run.startedAt, stoppedAt: run.stoppedAt });
  }
}

function stateOf(deps: ControlRouterDeps) {
  return {
    now: deps.clock.now(),
    runs: deps.runs.runs,
    running: deps.scenarios.filter(({ name }) => deps.runs.current(name) !== undefined).map(({ name }) => name),
    teams: deps.mode.current,
    smtp: { mode: deps.smtp.mode },
    inbox: { revision: deps.inbox.revision, messages: deps.inbox.messages.length },
  };
}

/** Parses the body; answers 400 when it is wrong, otherwise hands back what applies it and answers. */
function accept<T>(
  schema: z.ZodType<T>,
  request: Request,
  response: Response,
): ((apply: (value: T) => void) => void) | undefined {
  const result = schema.safeParse(request.body);
  if (!result.success) {
    response.status(400).json({ error: z.prettifyError(result.error) });
    return undefined;
  }
  return (apply) => {
    apply(result.data);
    response.json(result.data);
  };
}
