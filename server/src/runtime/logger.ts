import { type Logger as PinoLogger, pino } from 'pino';

/** What a module may log with. Message static, values in fields; see docs for the levels' meaning. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** A logger that says nothing, for tests and one-shot commands. */
export const silentLogger: Logger = pino({ level: 'silent' });
