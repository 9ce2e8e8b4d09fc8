// Google's SDK must be able to talk to the simulator.
import { type FunctionDeclaration, GoogleGenerativeAI, SchemaType, TaskType } from '@google/generative-ai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
const declaration: FunctionDeclaration = {
  name: 'get_weather',
  parameters: { type: SchemaType.OBJECT, properties: { city: { type: SchemaType.STRING } } },
};
const question = 'What is the weather in Lisbon?';

function modelNamed(name: string, given: { tools?: { functionDeclarations: FunctionDeclaration[] }[] } = {}) {
  const google = new GoogleGenerativeAI('good');
  return google.getGenerativeModel({ model: name, ...given }, { baseUrl: `${simulator.url}/gemini` });
}

beforeAll(async () => {
  simulator = await startSimulator({ badKeys: ['revoked'] });
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

test('answers, and bills the usage it reports', async () => {
  const { response } = await modelNamed('gemini-2.5-flash').generateContent(question);
  expect(response.text()).toContain('Lisbon');
  const { promptTokenCount = 0, candidatesTokenCount = 0 } = response.usageMetadata ?? {};
  expect(simulator.bill().lines[0]?.amountPicoUsd).toBe(
    BigInt(promptTokenCount) * 300_000n + BigInt(candidatesTokenCount) * 2_500_000n,
  );
});

test('streams what it would have answered in one piece; the last usage is the whole', async () => {
  const model = modelNamed('gemini-2.5-flash');
  const whole = (await model.generateContent(question)).response;
  const streamed = await model.generateContentStream(question);
  let text = '';
  for await (const chunk of streamed.stream) text += chunk.text();
  expect(text).toBe(whole.text());
  expect((await streamed.response).usageMetadata).toEqual(whole.usageMetadata);
  expect(simulator.bill().lines[1]).toMatchObject({ outcome: 'complete', usageTold: 'sent' });
});

test('thoughts are billed on top of the candidates', async () => {
  const generationConfig = { thinkingConfig: { thinkingBudget: 40 } } as object;
  const model = modelNamed('gemini-2.5-flash');
  const { response } = await model.generateContent({
    contents: [{ role: 'user', parts: [{ text: question }] }],
    generationConfig,
  });
  const usage = response.usageMetadata as unknown as Record<string, number>;
  expect(usage.thoughtsTokenCount).toBe(40);
  expect(usage.totalTokenCount).toBe(usage.promptTokenCount! + usage.candidatesTokenCount! + 40);
  expect(simulator.bill().lines[0]?.tokensGenerated).toBe(usage.candidatesTokenCount! + 40);
});

describe('tools', () => {
  test('a call, its result, and an answer that uses it', async () => {
    const chat = modelNamed('gemini-2.5-flash', { tools: [{ functionDeclarations: [declaration] }] }).startChat();
    const { response } = await chat.sendMessage(question);
    expect(response.candidates?.[0]?.finishReason).toBe('STOP');
    expect(response.functionCalls()).toMatchObject([{ name: 'get_weather', args: { city: 'Lisbon' } }]);
    const result = { functionResponse: { name: 'get_weather', response: { sky: 'mist' } } };
    expect((await chat.sendMessage([result])).response.text()).toContain('mist');
  });

  test('newer models want their thought signatures back', async () => {
    const tools = [{ functionDeclarations: [declaration] }];
    const model = modelNamed('gemini-3.8-flash', { tools });
    const asked = { role: 'user', parts: [{ text: question }] };
    const called = (await model.generateContent({ contents: [asked] })).response.candidates![0]!.content;
    const result = { functionResponse: { name: 'get_weather', response: { sky: 'mist' } } };
    const answering = (call: typeof called) =>
      model.generateContent({ contents: [asked, call, { role: 'function', parts: [result] }] });
    expect((await answering(called)).response.text()).toContain('mist');
    const parts = called.parts.map((part) => ({ functionCall: part.functionCall! }));
    await expect(answering({ role: 'model', parts })).rejects.toMatchObject({ status: 400 });
  });

  test('parallel calls in a stream', async () => {
    const model = modelNamed('gemini-2.5-flash~tool-calls=2', { tools: [{ functionDeclarations: [declaration] }] });
    const { response } = await model.generateContentStream(question);
    expect((await response).functionCalls()).toHaveLength(2);
  });
});

describe('embeddings', () => {
  test('one text, and several, of which the bill has the tokens though the answer has not', async () => {
    const model = modelNamed('gemini-embedding-001');
    const { embedding } = await model.embedContent('olive trees');
    const several = ['olive trees', 'almond trees'].map((text) => ({
      content: { role: 'user', parts: [{ text }] },
      taskType: TaskType.RETRIEVAL_QUERY,
    }));
    const { embeddings } = await model.batchEmbedContents({ requests: several });
    expect(embedding.values).toHaveLength(3072);
    expect(embeddings[0]).toEqual(embedding);
    expect(embeddings).toHaveLength(2);
    const lines = simulator.bill().lines.map(({ amountPicoUsd, usageTold }) => ({ amountPicoUsd, usageTold }));
    expect(lines).toEqual([
      { amountPicoUsd: 2n * 150_000n, usageTold: 'not-sent' },
      { amountPicoUsd: 4n * 150_000n, usageTold: 'not-sent' },
    ]);
  });

  test('newer models say what they used', async () => {
    const reply = await modelNamed('gemini-embedding-2').embedContent('olive trees');
    expect(reply).toMatchObject({ usageMetadata: { promptTokenCount: 2 } });
    expect(simulator.bill().lines[0]).toMatchObject({ usageTold: 'sent', amountPicoUsd: 400_000n });
  });

  test('a batch for another model than that of the path, and one without texts, are refused', async () => {
    const send = async (requests: object[]) => {
      const url = `${simulator.url}/gemini/v1beta/models/gemini-embedding-001:batchEmbedContents?key=good`;
      return (await fetch(url, { method: 'POST', body: JSON.stringify({ requests }) })).status;
    };
    expect(await send([{ model: 'models/other', content: { parts: [{ text: 'a' }] } }])).toBe(400);
    expect(await send([{ model: 'models/gemini-embedding-001', content: { parts: [] } }])).toBe(400);
    expect(await send([])).toBe(400);
  });
});

test('token counts are those that are billed', async () => {
  const { totalTokens } = await modelNamed('gemini-2.5-flash').countTokens(question);
  const { response } = await modelNamed('gemini-2.5-flash').generateContent(question);
  expect(response.usageMetadata?.promptTokenCount).toBe(totalTokens);
});

test('streams one JSON array where SSE is not asked for', async () => {
  const reply = await fetch(`${simulator.url}/gemini/v1beta/models/m:streamGenerateContent?key=good`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: question }] }] }),
  });
  const responses = (await reply.json()) as object[];
  expect(responses.length).toBeGreaterThan(3);
  expect(responses.at(-1)).toMatchObject({ candidates: [{ finishReason: 'STOP' }] });
  expect(simulator.calls()[0]?.path).not.toContain('key');
});

describe('errors', () => {
  test.each([
    ['rate-limit:seconds:26', 429],
    ['server-error', 500],
    ['unavailable', 503],
    ['forbidden', 403],
  ])('%s', async (fault, status) => {
    const failed = modelNamed(`gemini-2.5-flash~fault=${fault}`).generateContent(question);
    await expect(failed).rejects.toMatchObject({ status });
  });

  test('the wait is in the body', async () => {
    const error = await modelNamed('gemini-2.5-flash~fault=rate-limit:seconds:26')
      .generateContent(question)
      .catch((caught: unknown) => caught);
    expect(JSON.stringify((error as { errorDetails: unknown }).errorDetails)).toContain('"retryDelay":"26s"');
  });

  test('keys: missing, wrong, in the header, in the query', async () => {
    const list = async (query: string, headers: Record<string, string> = {}) =>
      (await fetch(`${simulator.url}/gemini/v1beta/models${query}`, { headers })).status;
    expect(await list('')).toBe(401);
    expect(await list('?key=revoked')).toBe(400);
    expect(await list('?key=good')).toBe(200);
    expect(await list('', { 'x-goog-api-key': 'good' })).toBe(200);
  });
});
