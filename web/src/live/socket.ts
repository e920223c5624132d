import type { FeedMessage } from '@tila/contract/feed.ts';
import type { Socket } from 'socket.io-client';
import type { FeedSocket } from './feed-client.ts';

const AGAIN_MS = 2000;

/**
 * The feed's socket on our own origin. socket.io is loaded when first needed, so what is emitted before is dropped:
 * the client subscribes again on connect anyway.
 */
export function openFeedSocket(): FeedSocket {
  let socket: Socket | null = null;
  let closed = false;
  const ready = import('socket.io-client').then(({ io }) => {
    socket = io({ path: '/socket.io', transports: ['websocket', 'polling'], reconnectionDelayMax: 5000, autoConnect: false });
    return socket;
  });
  const whenReady = (use: (opened: Socket) => void) => void ready.then(use);
  // socket.io comes back by itself from a lost network, but not when the server hung up or refused.
  const reconnect = (opened: Socket) => {
    if (!opened.active && !closed) {
      setTimeout(() => (closed ? undefined : opened.connect()), AGAIN_MS * (0.5 + Math.random()));
    }
  };
  whenReady((opened) => {
    opened.on('disconnect', () => reconnect(opened));
    opened.on('connect_error', () => reconnect(opened));
  });
  queueMicrotask(() => whenReady((opened) => (closed ? undefined : opened.connect())));
  return {
    emit: (event, body) => void socket?.emit(event, body),
    onConnect: (handler) => whenReady((opened) => opened.on('connect', handler)),
    onDisconnect: (handler) => whenReady((opened) => opened.on('disconnect', handler)),
    onRefused: (handler) => whenReady((opened) => opened.on('connect_error', (error) => handler(error.message))),
    onHeard: (handler) => whenReady((opened) => opened.io.on('ping', handler)),
    onFeed: (handler) => whenReady((opened) => opened.on('feed', (message: FeedMessage) => handler(message))),
    close: () => {
      closed = true;
      socket?.close();
    },
  };
}
