// What every codec has to do; a vendor's spec calls this and adds the vendor's quirks.
import { describe, expect, test } from '@jest/globals';
import { type Call, FinishReason, type Reply } from '@waybill/contracts';
import fc from 'fast-check';
import { type Capability, capabilities } from '../capability.ts';
import type { ProviderCodec } from '../codec.ts';
import type { ProviderFault } from '../provider-fault.ts';
import { answerText, foldReply } from '../reply/fold.ts';
import { type AnswerFixture, bodyOf, type FaultFixture, type Fixtures, fixturesIn } from './fixtures.ts';
import { framesOf } from './framing.ts';
import { probes, requestFor } from './probes.ts';
import { inputTotal, outputTotal, readStream } from './readings.ts';

/** The codec under test, the folder of its fixtures, and a model that refuses nothing its vendor declares. */
export interface Subject {
  readonly codec: ProviderCodec;
  readonly folder: URL;
  readonly upstreamModel: string;
}

/** The moment that the fixtures' dates are relative to. */
export const fixtureNow = BigInt(Date.parse('2025-11-20T00:00:00Z')) * 1000n;

/** The suite of style.md for one codec. */
export function describeConformance(subject: Subject): void {
  const fixtures = fixturesIn(subject.folder, subject.codec.framing);
  describe(`${subject.codec.id} conforms`, () => {
    describeAnswers(subject, fixtures);
    describeCapabilities(subject, fixtures);
    describeFaults(subject, fixtures);
    describeFuzz(subject, fixtures);
  });
}

function taskOf(answer: AnswerFixture): Call {
  return answer.task === 'embedding' ? probes.embeddings : probes.chat;
}

function decoded({ codec, upstreamModel }: Subject, answer: AnswerFixture, body: Uint8Array) {
  const request = requestFor(taskOf(answer), upstreamModel);
  const result = codec.decode(request, { status: 200, headers: {}, body });
  if (!result.ok) throw new Error(`${answer.name} does not decode: ${result.fault.message}`);
  return result.value;
}

function describeAnswers(subject: Subject, fixtures: Fixtures): void {
  describe.each(fixtures.answers.map((answer) => [answer.name, answer] as const))('answer: %s', (name, answer) => {
    const streamed = fixtures.streamed(name);
    test('whole', () => {
      const { parts, usage, rawUsage } = decoded(subject, answer, fixtures.whole(name));
      expectReply(foldReply(parts), answer);
      expect(rawUsage === undefined).toBe(usage === undefined);
      expect(parts.at(-1)?.part?.$case).toBe('finish');
    });
    if (streamed) describeStream(subject, answer, { streamed, whole: fixtures.whole(name) });
  });
}

function expectReply(reply: Reply, { expected }: AnswerFixture): void {
  const content = reply.content.flatMap(({ part }) => (part ? [part] : []));
  const calls = content.flatMap((part) => (part.$case === 'toolCall' ? [part.value] : []));
  const reasoning = content.flatMap((part) => (part.$case === 'reasoning' ? [part.value.text] : []));
  expect(answerText(reply)).toBe(expected.text);
  expect(reasoning.join('')).toBe(expected.reasoning ?? '');
  expect(calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.argumentsJson) }))).toEqual(
    expected.toolCalls ?? [],
  );
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  expect(reply.finish?.reason).toBe(FinishReason[expected.finish as keyof typeof FinishReason]);
  expect(reply.finish?.rawReason).toBe(expected.rawFinish);
  expect(reply.finish?.filterCategories).toEqual(expected.filterCategories ?? []);
  expect(reply.usage && inputTotal(reply.usage)).toBe(expected.inputTotal);
  expect(reply.usage && outputTotal(reply.usage)).toBe(expected.outputTotal);
  expect(reply.usage?.suspicions ?? []).toEqual([]);
}

function describeStream(
  subject: Subject,
  answer: AnswerFixture,
  { streamed, whole }: { streamed: Uint8Array; whole: Uint8Array },
): void {
  const { codec } = subject;
  const request = requestFor(taskOf(answer), subject.upstreamModel, true);
  const frames = framesOf([streamed], codec.framing);

  test('the parts folded are the whole answer', () => {
    const { parts, end } = readStream(codec, request, frames);
    expect(end.fault).toBeUndefined();
    expect(foldReply(parts)).toEqual(foldReply(decoded(subject, answer, whole).parts));
    expect(end.rawUsage).toBeDefined();
    expect(() => JSON.parse(end.rawUsage!)).not.toThrow();
  });

  test('the same parts however the bytes are split', () => {
    const { parts } = readStream(codec, request, frames);
    const cuts = fc.array(fc.nat({ max: streamed.length }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (at) => {
        const edges = [0, ...at.sort((one, other) => one - other), streamed.length];
        const pieces = edges.slice(1).map((edge, index) => streamed.subarray(edges[index], edge));
        expect(readStream(codec, request, framesOf(pieces, codec.framing)).parts).toEqual(parts);
      }),
      { numRuns: 20 },
    );
  });

  test('a missing terminator is a fault, wherever the stream is cut', () => {
    for (let length = 0; length < frames.length; length += 1) {
      const { parts, done, end } = readStream(codec, request, frames.slice(0, length));
      expect(done).toBe(false);
      expect(end.fault).toMatchObject({ kind: 'upstream', mayHaveBilled: true, retryOther: true });
      expect(parts.some(({ part }) => part?.$case === 'finish')).toBe(false);
    }
  });
}

function describeCapabilities({ codec, upstreamModel }: Subject, fixtures: Fixtures): void {
  const encoded = (capability: Capability) =>
    codec.encode(requestFor(probes[capability], upstreamModel, capability === 'streaming'));
  const declared = capabilities.filter((capability) => codec.capabilities.has(capability));
  const undeclared = capabilities.filter((capability) => !codec.capabilities.has(capability));

  test.each(declared)('declares %s, and its request is as recorded', (capability) => {
    const result = encoded(capability);
    if (!result.ok) throw new Error(result.fault.message);
    expect(result.value.warnings.filter(({ code }) => code === 'unsupported')).toEqual([]);
    expect(result.value.body).toBe(fixtures.request(capability));
  });

  test.each(undeclared)('does not declare %s, and says so', (capability) => {
    const result = encoded(capability);
    if (!result.ok) {
      expect(result.fault).toMatchObject({ kind: 'invalid', retryOther: true });
      return;
    }
    const subjects = result.value.warnings.map(({ subject }) => subject);
    const isNamed = subjects.some((subject) => capability === subject || capability.startsWith(`${subject}.`));
    expect({ subjects, isNamed }).toMatchObject({ isNamed: true });
  });

  test('has a recorded answer for what shows in answers', () => {
    const shown: Capability[] = ['chat', 'streaming', 'tools', 'embeddings'];
    const covered = new Set(fixtures.answers.flatMap(({ covers }) => covers));
    expect([...covered]).toEqual(expect.arrayContaining(shown.filter((one) => codec.capabilities.has(one))));
  });
}

function describeFaults({ codec, upstreamModel }: Subject, fixtures: Fixtures): void {
  const request = requestFor(probes.chat, upstreamModel);
  const faultOf = (fixture: FaultFixture): ProviderFault | undefined => {
    const response = { status: fixture.status, headers: fixture.headers, body: bodyOf(fixture) };
    if (fixture.where === 'status') return codec.classify(response, fixtureNow);
    if (fixture.where === 'stream') {
      return readStream(codec, request, framesOf([response.body], codec.framing)).end.fault;
    }
    const result = codec.decode(request, response);
    return result.ok ? undefined : result.fault;
  };

  test.each(fixtures.faults.map((fixture) => [fixture.where, fixture.name, fixture] as const))(
    'fault by %s: %s',
    (_where, _name, fixture) => {
      const fault = faultOf(fixture);
      expect(fault).toMatchObject(fixture.expected);
      expect(fault?.retryAfterMs).toBe(fixture.expected.retryAfterMs);
      expect(fault?.message).not.toMatch(/sk-/);
    },
  );
}

function describeFuzz({ codec, upstreamModel }: Subject, fixtures: Fixtures): void {
  const request = requestFor(probes.chat, upstreamModel);
  const never = (body: Uint8Array) => {
    const response = { status: 200, headers: {}, body };
    codec.decode(request, response);
    codec.decode(requestFor(probes.embeddings, upstreamModel), response);
    codec.classify({ ...response, status: 400 }, fixtureNow);
    const data = Buffer.from(body).toString();
    readStream(codec, request, [{ data }, { event: 'error', data }, { data }]);
  };

  test('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), never), { numRuns: 200 });
  });

  test('survives any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => never(Buffer.from(json))),
      { numRuns: 200 },
    );
  });

  test('survives recorded answers with anything in the place of any value', () => {
    const bodies = fixtures.answers.flatMap(({ name }) => [
      fixtures.whole(name).toString(),
      ...framesOf([fixtures.streamed(name) ?? new Uint8Array()], codec.framing).map(({ data }) => data),
    ]);
    const damaged = fc.tuple(fc.constantFrom(...bodies), fc.nat(), fc.json({ maxDepth: 2 })).map(damage);
    fc.assert(
      fc.property(damaged, (json) => never(Buffer.from(json))),
      { numRuns: 400 },
    );
  });
}

/** Puts other JSON in the place of one value. */
function damage([json, position, replacement]: [string, number, string]): string {
  const starts = [...json.matchAll(/(?<=":\s*|\[\s*)("[^"]*"|-?\d+(\.\d+)?|true|false|null)/g)];
  const hit = starts[position % Math.max(starts.length, 1)];
  return hit ? json.slice(0, hit.index) + replacement + json.slice(hit.index + hit[0].length) : replacement;
}
