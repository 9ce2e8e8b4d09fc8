// A gateway with one model of every kind of provider, all of them played by one simulator in a process of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenedRecord } from '@waybill/service';
import { type SimulatedBillLine, startGatewayProcess, startSimulatorProcess } from '@waybill/standalone';
import { compileCache } from '../waybill-command.ts';
import { openRecordOf, type World } from '../world.ts';

/** By kind: below the simulator's address, and a model of the vendor. */
const kinds = {
  openai: ['/openai/v1', 'gpt-5-mini'],
  anthropic: ['/anthropic', 'claude-haiku-4-5'],
  gemini: ['/gemini/v1beta', 'gemini-2.5-flash'],
  'azure-openai': ['/azure', 'gpt-5-mini'],
  ollama: ['/ollama', 'qwen3'],
  'openai-compatible': ['/openai/v1', 'qwen3'],
  'lm-studio': ['/lm-studio/v1', 'qwen3'],
  vllm: ['/vllm/v1', 'qwen3'],
  mistral: ['/mistral/v1', 'mistral-medium-latest'],
  xai: ['/xai/v1', 'grok-3-mini'],
  'hugging-face': ['/hugging-face/v1', 'qwen3'],
  cohere: ['/cohere', 'command-a-reasoning-08-2025'],
  'github-copilot': ['/copilot', 'gpt-4o'],
} as const;

export type Kind = keyof typeof kinds;

/** In the order of the README. */
export const providerKinds = Object.keys(kinds) as Kind[];

export interface MatrixWorld extends World {
  /** The body of the last request that the simulator was sent. */
  lastBody(): Promise<string>;
  bill(): Promise<readonly SimulatedBillLine[]>;
  openRecord(): Promise<OpenedRecord>;
}

const key = 'matrix-key';
const withoutKey: readonly Kind[] = ['ollama'];

export async function startMatrixWorld(): Promise<MatrixWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-matrix-'));
  const places = { configurationFile: join(folder, 'waybill.json'), dataDirectory: join(folder, 'books') };
  const simulator = await startSimulatorProcess({ seed: 1, callsKept: 8 });
  const close = async () => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  try {
    await writeFile(places.configurationFile, JSON.stringify(configurationFor(simulator.url)));
    const gateway = await startGatewayProcess({ ...places, environment: compileCache, onLog: () => undefined });
    return {
      url: gateway.url,
      grpcAddress: gateway.grpcAddress,
      key,
      async lastBody() {
        const answer = (await (await fetch(`${simulator.url}/control/calls`)).json()) as CallLog;
        return JSON.stringify(answer.calls.findLast(({ method }) => method === 'POST')?.body);
      },
      bill: async () => (await simulator.bill()).lines,
      openRecord: () => openRecordOf(places),
      stop: () => gateway.stop().finally(close),
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

interface CallLog {
  readonly calls: readonly { readonly method: string; readonly body: unknown }[];
}

function configurationFor(simulatorUrl: string): object {
  return {
    providers: providerKinds.map((kind) => ({
      id: kind,
      kind,
      base_url: `${simulatorUrl}${kinds[kind][0]}`,
      ...(!withoutKey.includes(kind) && { api_key: kind === 'github-copilot' ? 'gho_matrix' : 'key' }),
      ...(kind === 'github-copilot' && {
        for_key: 'matrix',
        token_url: `${simulatorUrl}/copilot/copilot_internal/v2/token`,
      }),
    })),
    models: providerKinds.map((kind) => ({
      id: kind,
      provider: kind,
      upstream_model: kinds[kind][1],
      capabilities: ['chat', 'streaming', 'tools', 'vision', 'json_schema', 'reasoning'],
      context_window: 128_000,
      max_output_tokens: 4_096,
      prices: 'free',
    })),
    keys: [{ id: 'matrix', secret: key, tenant: 'matrix' }],
    telemetry: { log_level: 'warn' },
  };
}
