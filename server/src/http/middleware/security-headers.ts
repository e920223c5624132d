import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * No script but our own files, no frame around us, no form to elsewhere. Styles may be inline because Mantine and Recharts
 * write style tags and attributes. HSTS only when people come by https, else it would lock them out of a plain http console.
 */
export function securityHeaders(externalOrigin: string | null): RequestHandler {
  const isHttps = externalOrigin?.startsWith('https:') ?? false;
  const socketOrigins = externalOrigin === null ? [] : [externalOrigin.replace(/^http/, 'ws')];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        // Safari before 15.4 does not count WebSockets as 'self'.
        'connect-src': ["'self'", ...socketOrigins],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    // Over plain http on anything but localhost browsers ignore it and complain in the console.
    crossOriginOpenerPolicy: isHttps,
    originAgentCluster: isHttps,
  });
}
