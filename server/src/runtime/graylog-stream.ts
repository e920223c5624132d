import graylog2 from 'graylog2';

/** Where own logs go by GELF over UDP. */
export interface GraylogTarget {
  readonly host: string;
  readonly port: number;
  readonly facility: string;
}

/** The client cannot send more than 128 chunks of 1,388 bytes; longer texts are cut well below. */
const MAX_TEXT = 32_000;

interface LogLine {
  readonly level?: number;
  readonly msg?: string;
  readonly err?: { readonly stack?: string };
  readonly time?: number;
  readonly [field: string]: unknown;
}

/** A pino destination: takes one JSON log line at a time. Losing a log line never disturbs the console; it is counted. */
export interface GraylogStream {
  write(line: string): void;
  close(): Promise<void>;
}

/**
 * Ships pino's lines to Graylog. Only strings are handed to the client: graylog2 0.2.1 throws when given an Error,
 * and an unlistened 'error' event would end the process.
 */
export function createGraylogStream(target: GraylogTarget, onLost: () => void): GraylogStream {
  const client = new graylog2.graylog({ servers: [{ host: target.host, port: target.port }], facility: target.facility });
  client.on('error', onLost);
  return {
    write(line) {
      try {
        send(client, JSON.parse(line));
      } catch {
        onLost();
      }
    },
    close: () => new Promise((resolve) => client.close(() => resolve())),
  };
}

function send(client: InstanceType<typeof graylog2.graylog>, line: LogLine): void {
  const { level = 30, msg = '', time = Date.now(), err, pid: _pid, hostname: _hostname, ...fields } = line;
  const extra = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name === 'id' ? 'log_id' : name, asText(value)]),
  );
  client[severity(level)](msg, (err?.stack ?? msg).slice(0, MAX_TEXT), extra, new Date(time));
}

function asText(value: unknown): string | number {
  if (typeof value === 'number') {
    return value;
  }
  return (typeof value === 'string' ? value : String(JSON.stringify(value))).slice(0, MAX_TEXT);
}

function severity(level: number): 'error' | 'warning' | 'info' | 'debug' {
  if (level >= 50) {
    return 'error';
  }
  if (level >= 40) {
    return 'warning';
  }
  return level >= 30 ? 'info' : 'debug';
}
