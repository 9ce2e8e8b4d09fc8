// The codecs there are, by the `kind` of a configured provider.
import { anthropicCodec, defaultApiVersion } from './anthropic/index.ts';
import { type AzureSettings, azureOpenAiCodec } from './azure-openai/index.ts';
import type { ProviderCodec } from './codec.ts';
import { cohereCodec } from './cohere/index.ts';
import { geminiCodec } from './gemini/index.ts';
import { githubCopilotCodec } from './github-copilot/index.ts';
import { huggingFaceCodec } from './hugging-face/index.ts';
import { lmStudioCodec } from './lm-studio/index.ts';
import { mistralCodec } from './mistral/index.ts';
import { ollamaCodec } from './ollama/index.ts';
import { openAiCodecFor } from './openai/index.ts';
import { openAiCompatibleCodec } from './openai-compatible/index.ts';
import { vllmCodec } from './vllm/index.ts';
import { xaiCodec } from './xai/index.ts';

/** What a provider's configuration may say about its wire. */
export interface CodecSettings {
  /** `anthropic-version`, or Azure's `api-version`; other kinds do not look at it. */
  readonly apiVersion?: string | undefined;
  /** How Azure is shown the credential. */
  readonly auth?: AzureSettings['auth'];
  /** Whom OpenAI counts or Hugging Face bills a request for. */
  readonly organization?: string | undefined;
  /** Which project of the organization OpenAI counts it for. */
  readonly project?: string | undefined;
}

const makers: Readonly<Record<string, (settings: CodecSettings) => ProviderCodec>> = {
  openai: openAiCodecFor,
  'openai-compatible': () => openAiCompatibleCodec,
  'azure-openai': azureOpenAiCodec,
  'lm-studio': () => lmStudioCodec,
  vllm: () => vllmCodec,
  mistral: () => mistralCodec,
  xai: () => xaiCodec,
  'hugging-face': huggingFaceCodec,
  anthropic: ({ apiVersion }) => anthropicCodec(apiVersion ?? defaultApiVersion),
  gemini: () => geminiCodec,
  ollama: () => ollamaCodec,
  cohere: () => cohereCodec,
  'github-copilot': () => githubCopilotCodec,
};

/** Every codec with its default settings. */
export const codecs: Readonly<Record<string, ProviderCodec>> = Object.fromEntries(
  Object.entries(makers).map(([kind, make]) => [kind, make({})]),
);

/**
 * The codec of a kind; undefined when there is none. `simulator` is no codec: a simulated provider speaks the dialect
 * that its `dialect` setting names.
 */
export function codecFor(kind: string, settings: CodecSettings = {}): ProviderCodec | undefined {
  return Object.hasOwn(makers, kind) ? makers[kind]!(settings) : undefined;
}
