import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.json', '.map', '.svg', '.webmanifest', '.txt']);

interface Asset {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly br: Buffer | null;
  readonly gzip: Buffer | null;
}

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);

/**
 * Serves the built page from a folder listed once at start, so no address can lead out of it. Each file is read and compressed
 * on first use and kept (the whole page is a few MB). Vite's hashed files under `assets/` never change and say so.
 * An address that is no file and not below /api gets index.html: the browser's router knows it.
 */
export function staticWeb(root: string): RequestHandler {
  const files = listFiles(root);
  const assets = new Map<string, Promise<Asset>>();
  const assetOf = (path: string, file: string): Promise<Asset> => {
    const known = assets.get(path);
    if (known !== undefined) {
      return known;
    }
    const loading = load(file);
    assets.set(path, loading);
    loading.catch(() => assets.delete(path));
    return loading;
  };
  return async (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return next();
    }
    const path = files.has(request.path) ? request.path : pageFor(request.path);
    const file = path === null ? undefined : files.get(path);
    if (path === null || file === undefined) {
      return next();
    }
    response.locals.route = 'static';
    send(request, response, { path, asset: await assetOf(path, file) });
  };
}

function listFiles(root: string): ReadonlyMap<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [
        file
          .slice(root.replace(/[\\/]$/, '').length)
          .split(sep)
          .join('/'),
        file,
      ];
    }),
  );
}

function pageFor(path: string): string | null {
  return /^\/(api|socket\.io|metrics|healthz|readyz|assets)(\/|$)/.test(path) ? null : '/index.html';
}

async function load(file: string): Promise<Asset> {
  const plain = await readFile(file);
  const extension = extname(file);
  const isCompressible = COMPRESSIBLE.has(extension) && plain.length > 1024;
  const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };
  const [br, gzipped] = isCompressible ? await Promise.all([compressBrotli(plain, brotli), compressGzip(plain)]) : [null, null];
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { type: TYPES[extension] ?? 'application/octet-stream', etag, plain, br, gzip: gzipped };
}

function send(request: Request, response: Response, { path, asset }: { readonly path: string; readonly asset: Asset }): void {
  const isHashed = path.startsWith('/assets/');
  response.set({
    'content-type': asset.type,
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: asset.etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === asset.etag) {
    response.status(304).end();
    return;
  }
  const encoding = asset.br === null ? false : request.acceptsEncodings(['br', 'gzip']);
  if (encoding === 'br' || encoding === 'gzip') {
    response.set('content-encoding', encoding);
  }
  const body = encoding === 'br' || encoding === 'gzip' ? asset[encoding] : asset.plain;
  response.end(request.method === 'HEAD' ? undefined : body);
}
