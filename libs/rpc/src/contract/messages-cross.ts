import { expect, test } from '@jest/globals';
import type { AdmitRequest, AttemptRequest } from '@waybill/contracts';
import { starter } from './fixture.ts';
import { collect, faultFrom, type TransportUnderTest } from './harness.ts';
import { admitRequest, admitResponse, attemptRequest, attemptResult, textPart } from './messages.ts';

export function testMessages(subject: TransportUnderTest): void {
  const start = starter(subject);

  test('messages arrive with every kind of field as it was', async () => {
    const requests: unknown[] = [];
    const { limits, providers } = await start({
      async admit(request) {
        requests.push(request);
        return admitResponse();
      },
      async *attempt(request) {
        requests.push(request);
        yield textPart('first');
        yield attemptResult();
      },
    });
    expect(await limits.admit(admitRequest())).toEqual(admitResponse());
    expect(await collect(providers.attempt(attemptRequest()))).toEqual([textPart('first'), attemptResult()]);
    expect(requests).toEqual([admitRequest(), attemptRequest()]);
  });

  test('what one side does to a message after handing it over, the other never sees', async () => {
    const sent = attemptRequest();
    const answered = attemptResult();
    const seen = Promise.withResolvers<AttemptRequest>();
    const { providers } = await start({
      async *attempt(request) {
        seen.resolve(structuredClone(request));
        scribble(request);
        yield answered;
        scribble(answered);
        yield textPart('end');
      },
    });
    const answers = providers.attempt(sent)[Symbol.asyncIterator]();
    const first = answers.next();
    scribble(sent);
    const requestSeen = await seen.promise;
    const { value: answer } = await first;
    await answers.next();
    expect(answer).toEqual(attemptResult());
    scribble(answer);
    expect(requestSeen.call).toEqual(attemptRequest().call);
  });

  test('the caller’s message stays as it was, whatever the handler does to it', async () => {
    const { limits, providers } = await start({
      async admit(request) {
        scribble(request);
        return admitResponse();
      },
      async *attempt(request) {
        scribble(request);
        yield textPart('done');
      },
    });
    const admit = admitRequest();
    const attempt = attemptRequest();
    await limits.admit(admit);
    await collect(providers.attempt(attempt));
    expect(admit).toEqual(admitRequest());
    expect(attempt).toEqual(attemptRequest());
  });

  test('what is not in the contract does not cross', async () => {
    const seen: AdmitRequest[] = [];
    const { limits } = await start({
      async admit(request) {
        seen.push(request);
        return { ...admitResponse(), apiKey: 'sk-secret' };
      },
    });
    const request = { ...admitRequest(), apiKey: 'sk-secret' };
    const [option] = request.options;
    Object.assign(option as object, { internal: { keys: ['sk-secret'] } });
    const answer = await limits.admit(request);
    expect([...seen, answer]).toEqual([admitRequest(), admitResponse()]);
  });

  test('metadata arrives, and nothing else with it', async () => {
    const seen: unknown[] = [];
    const { limits } = await start({
      async admit(_request, { metadata }) {
        seen.push(metadata);
        return admitResponse();
      },
    });
    const metadata = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-note': 'a b' };
    await limits.admit(admitRequest(), { metadata });
    await limits.admit(admitRequest());
    expect(seen).toEqual([metadata, {}]);
  });

  test.each([
    ['Upper-Case', 'x'],
    ['grpc-timeout', '1S'],
    ['payload-bin', 'x'],
    ['note', 'line\nbreak'],
    ['note', 'ü'],
  ])('metadata that not every transport can carry is refused: %s: %j', async (name, value) => {
    const { limits } = await start({ admit: async () => admitResponse() });
    const fault = await faultFrom(limits.admit(admitRequest(), { metadata: { [name]: value } }));
    expect(fault).toMatchObject({ kind: 'invalid', details: { field: name } });
  });

  test('a request or an answer beyond the limit is too large, and the next call works', async () => {
    const { limits, providers } = await start(
      {
        async admit({ callId }) {
          const reserved = callId === 'large' ? ['x'.repeat(70_000)] : [];
          return {
            decision: {
              $case: 'admission',
              value: { optionIndex: 0, notAfterMicros: 0n, admittedAtMicros: 0n, validForMs: 0, reserved },
            },
          };
        },
        async *attempt() {
          yield textPart('small');
          yield textPart('x'.repeat(70_000));
        },
      },
      { limits: { messageBytesMax: 65_536 } },
    );
    const tooLarge = { kind: 'too_large', details: { limit_bytes: '65536' } };
    expect(await faultFrom(limits.admit(admitRequest('x'.repeat(70_000))))).toMatchObject(tooLarge);
    expect(await faultFrom(limits.admit({ ...admitRequest(), callId: 'large' }))).toMatchObject(tooLarge);
    expect(await faultFrom(collect(providers.attempt(attemptRequest(new Uint8Array(70_000)))))).toMatchObject(tooLarge);
    expect(await faultFrom(collect(providers.attempt(attemptRequest())))).toMatchObject(tooLarge);
    expect(await limits.admit(admitRequest())).toMatchObject({ decision: { $case: 'admission' } });
  });
}

/** Spoils everything in a message that can be spoilt. */
function scribble(message: unknown): void {
  if (typeof message !== 'object' || message === null) return;
  if (message instanceof Uint8Array) {
    message.fill(42);
    return;
  }
  for (const [name, value] of Object.entries(message)) {
    scribble(value);
    if (typeof value === 'string' && name !== '$case') Object.assign(message, { [name]: 'spoilt' });
    if (typeof value === 'number') Object.assign(message, { [name]: 42 });
    if (typeof value === 'bigint') Object.assign(message, { [name]: 42n });
  }
}
