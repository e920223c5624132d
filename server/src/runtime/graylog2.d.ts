declare module 'graylog2' {
  type Send = (...message: [short: string, full?: string, extra?: Record<string, string | number>, timestamp?: Date]) => void;

  class GraylogClient {
    constructor(config: { servers: { host: string; port: number }[]; hostname?: string; facility?: string; bufferSize?: number });
    on(event: 'error', listener: (error: Error) => void): this;
    error: Send;
    warning: Send;
    info: Send;
    debug: Send;
    close(callback: () => void): void;
  }

  const graylog2: { graylog: typeof GraylogClient };
  export = graylog2;
}
