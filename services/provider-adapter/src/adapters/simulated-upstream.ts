// Simulators in this process, for simulated providers that name no address.
import type { Dialect, ProviderConfiguration, SimulatorConfiguration } from '@waybill/config';

export interface SimulatedUpstream {
  /** Base URL of a dialect; starts the simulator on first use. */
  baseUrl(dialect: Dialect): Promise<string>;
  close(): Promise<void>;
}

const basePaths: Readonly<Record<Dialect, string>> = {
  openai: '/openai/v1',
  'openai-compatible': '/openai/v1',
  'azure-openai': '/azure',
  mistral: '/mistral/v1',
  xai: '/xai/v1',
  'hugging-face': '/hugging-face/v1',
  vllm: '/vllm/v1',
  'lm-studio': '/lm-studio/v1',
  anthropic: '/anthropic',
  gemini: '/gemini/v1beta',
  ollama: '/ollama',
  cohere: '/cohere',
  'github-copilot': '/copilot',
};

/** Nothing is loaded or listens until a provider asks for it. */
export function simulatedUpstream(configuration: SimulatorConfiguration): SimulatedUpstream {
  let started: ReturnType<typeof start> | undefined;
  return {
    async baseUrl(dialect) {
      started ??= start(configuration);
      return `${(await started).url}${basePaths[dialect]}`;
    },
    close: async () => (await started)?.close(),
  };
}

async function start({ seed, firstByteMs, betweenChunksMs }: SimulatorConfiguration) {
  const { startSimulator } = await import('@waybill/simulator');
  return startSimulator({ host: '127.0.0.1', seed, firstByteMs, chunkDelayMs: betweenChunksMs });
}

/** Whether the process has to provide the upstream of a provider itself. */
export function needsSimulator(provider: ProviderConfiguration): boolean {
  return provider.kind === 'simulator' && provider.baseUrl === undefined;
}
