import { multistream, type Logger as PinoLogger, pino } from 'pino';
import { createGraylogStream, type GraylogTarget } from './graylog-stream.ts';

/** What a module may log with. Message static, values in fields. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LoggingOptions {
  readonly level: LogLevel;
  /** Where lines are written, one JSON object each. */
  readonly output: { write(line: string): void };
  readonly graylog?: GraylogTarget;
  /** Called for each line Graylog could not be given. */
  readonly onLost?: () => void;
}

/** Logging for the whole process: a logger per module, and `close` to flush what is on its way to Graylog. */
export interface Logging {
  for(module: string): Logger;
  close(): Promise<void>;
}

/** Field names whose values never reach a log. */
const SECRET_FIELDS = [
  'password',
  '*.password',
  'authorization',
  '*.authorization',
  'cookie',
  '*.cookie',
  'token',
  '*.token',
  'webhookUrl',
  '*.webhookUrl',
];

export function createLogging(options: LoggingOptions): Logging {
  const graylog =
    options.graylog === undefined ? undefined : createGraylogStream(options.graylog, options.onLost ?? (() => undefined));
  const streams = [options.output, ...(graylog === undefined ? [] : [graylog])].map((stream) => ({
    level: 'debug' as const,
    stream,
  }));
  const root = pino({ level: options.level, redact: { paths: SECRET_FIELDS, censor: '[secret]' } }, multistream(streams));
  return {
    for: (module) => root.child({ module }),
    close: async () => {
      await graylog?.close();
    },
  };
}

/** A logger that says nothing, for tests and one-shot commands. */
export const silentLogger: Logger = pino({ level: 'silent' });
