// Assistants as models that callers ask for.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Simulator, startSimulator } from '@waybill/simulator';
import { type OwnGateway, startOwnGateway } from './own-gateway.ts';

const configuration = (url: string) => `
providers: [{ id: openai, kind: simulator, base_url: "${url}/openai/v1" }]
models:
  - { id: fast, provider: openai, upstream_model: gpt-4o-mini, prices: free, capabilities: [chat, streaming, tools] }
tools:
  - type: function
    function: { name: get_weather, parameters: { type: object, properties: { location: { type: string } } } }
presets:
  - name: Travel Assistant
    description: Plans journeys.
    model: gpt-4o-mini
    provider: openai
    temperature: 0.3
    max_tokens: 25
    system_prompt: You plan journeys.
    tools: [get_weather]
default_model: fast
`;

let simulator: Simulator;
let gateway: OwnGateway;

beforeAll(async () => {
  simulator = await startSimulator();
  gateway = await startOwnGateway({ files: { 'waybill.yaml': configuration(simulator.url) } });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await simulator?.close();
}, 60_000);

interface Wire {
  readonly model: string;
  readonly temperature?: number;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string } }[];
}

/** What the provider is asked when a caller asks this. */
async function asked(body: object): Promise<{ status: number; headers: Headers; wire: Wire | undefined }> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'To Rome?' }], ...body }),
  });
  await answer.text();
  return { status: answer.status, headers: answer.headers, wire: simulator.calls().at(-1)?.body as Wire | undefined };
}

describe('a preset', () => {
  test('is listed as a model', async () => {
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as {
      data: { id: string; owned_by: string }[];
    };
    expect(data.map(({ id }) => id)).toEqual(['default', 'Travel Assistant', 'fast']);
    const one = await fetch(`${gateway.url}/v1/models/${encodeURIComponent('Travel Assistant')}`);
    expect(await one.json()).toMatchObject({ id: 'Travel Assistant', owned_by: 'waybill', max_output_tokens: 25 });
  });

  test('brings its instructions, temperature, cap and tools', async () => {
    const { status, headers, wire } = await asked({ model: 'Travel Assistant' });
    expect(status).toBe(200);
    expect(headers.get('x-waybill-model')).toBe('fast');
    expect(wire).toMatchObject({ model: 'gpt-4o-mini', temperature: 0.3 });
    expect(wire?.max_completion_tokens ?? wire?.max_tokens).toBe(25);
    expect(wire?.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(JSON.stringify(wire?.messages[0])).toContain('You plan journeys.');
    expect(wire?.tools?.map((tool) => tool.function.name)).toEqual(['get_weather']);
  });

  test('gives way to what the caller sets', async () => {
    const { wire } = await asked({ model: 'Travel Assistant', temperature: 0, max_tokens: 7 });
    expect(wire?.temperature).toBe(0);
    expect(wire?.max_completion_tokens ?? wire?.max_tokens).toBe(7);
  });

  test('is another thing than its model', async () => {
    const { wire } = await asked({ model: 'fast' });
    expect(wire?.messages.map(({ role }) => role)).toEqual(['user']);
    expect(wire?.tools ?? []).toEqual([]);
  });
});

test.each([{ model: 'default' }, {}])('the default model is what is asked for by %j', async (body) => {
  const { status, headers } = await asked(body);
  expect(status).toBe(200);
  expect(headers.get('x-waybill-model')).toBe('fast');
});
