import { describe, expect, it } from 'vitest';
import { EvaluationCpu } from './evaluation-cpu.ts';

class FakeThread {
  ms = 0;
  readonly cpu = new EvaluationCpu(() => this.ms);

  use(ms: number): void {
    this.ms += ms;
  }
}

describe('CPU time of rules', () => {
  it('counts between begin and end, several at once only once', () => {
    const thread = new FakeThread();
    thread.use(5);
    thread.cpu.begin();
    thread.use(10);
    thread.cpu.begin();
    thread.use(20);
    thread.cpu.end();
    thread.use(30);
    thread.cpu.end();
    thread.use(40);
    expect(thread.cpu.seconds).toBe(0.06);
  });

  it('leaves out what is waited for, and goes on when that fails', async () => {
    const thread = new FakeThread();
    thread.cpu.begin();
    thread.use(1);
    const failing = Promise.withResolvers<void>();
    const waiting = thread.cpu.waitFor(failing.promise);
    thread.use(100);
    failing.reject(new Error('disk'));
    await expect(waiting).rejects.toThrow('disk');
    thread.use(2);
    thread.cpu.end();
    expect(thread.cpu.seconds).toBe(0.003);
  });
});
