import { describe, expect, test } from '@jest/globals';
import { openBody } from './body.ts';

function bodyOverSource() {
  const asked: string[] = [];
  const source = {
    pause: () => asked.push('pause'),
    resume: () => asked.push('resume'),
    abort: () => asked.push('abort'),
  };
  return { asked, body: openBody(source) };
}

const piece = (text: string) => Buffer.from(text);

describe('the body of an answer', () => {
  test('gives its pieces in order, whether they are waited for or not, and then ends', async () => {
    const { body } = bodyOverSource();
    const first = body.next();
    for (const text of ['a', 'b', 'c']) body.push(piece(text));
    body.end();
    const rest = [await body.next(), await body.next(), await body.next(), await body.next()];
    expect([await first, ...rest].map(String)).toEqual(['a', 'b', 'c', 'undefined', 'undefined']);
  });

  test('that breaks gives what came before, and then what broke it', async () => {
    const { body } = bodyOverSource();
    body.push(piece('a'));
    body.fail(new Error('reset'));
    expect(String(await body.next())).toBe('a');
    await expect(body.next()).rejects.toThrow('reset');
    const { body: waited } = bodyOverSource();
    const next = waited.next();
    waited.fail(new Error('reset'));
    await expect(next).rejects.toThrow('reset');
  });

  test('holds the socket back while a slow reader has much to read', async () => {
    const { body, asked } = bodyOverSource();
    body.push(Buffer.alloc(200_000));
    expect(asked).toEqual([]);
    body.push(Buffer.alloc(200_000));
    body.push(piece('a'));
    expect(asked).toEqual(['pause']);
    await body.next();
    await body.next();
    expect(asked).toEqual(['pause']);
    await body.next();
    expect(asked).toEqual(['pause', 'resume']);
  });

  test('that is dismissed lets a little pass, and closes the connection when there is more', () => {
    const { body, asked } = bodyOverSource();
    body.dismiss();
    body.push(piece('the rest'));
    body.destroy();
    body.end();
    expect(asked).toEqual([]);
    const { body: endless, asked: askedOfEndless } = bodyOverSource();
    endless.dismiss();
    for (let count = 0; count < 20; count += 1) endless.push(Buffer.alloc(1_024));
    expect(askedOfEndless).toEqual(['abort']);
  });

  test('that nobody wants closes the connection once, unless it has ended', () => {
    const { body, asked } = bodyOverSource();
    body.destroy();
    body.destroy();
    expect(asked).toEqual(['abort']);
    const { body: ended, asked: askedOfEnded } = bodyOverSource();
    ended.end();
    ended.destroy();
    expect(askedOfEnded).toEqual([]);
  });
});
