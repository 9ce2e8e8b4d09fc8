// The dialects the simulator serves.
import { anthropic } from './anthropic/index.ts';
import { azureOpenAi } from './azure-openai/index.ts';
import { cohere } from './cohere/index.ts';
import { copilot } from './copilot/index.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini/index.ts';
import { huggingFace } from './hugging-face/index.ts';
import { lmStudio } from './lm-studio/index.ts';
import { mistral } from './mistral/index.ts';
import { ollama } from './ollama/index.ts';
import { openai } from './openai/index.ts';
import { vllm } from './vllm/index.ts';
import { xai } from './xai/index.ts';

export const dialects: readonly Dialect[] = [
  ...[openai, anthropic, gemini, ollama, cohere, copilot],
  ...[azureOpenAi, mistral, xai, huggingFace, vllm, lmStudio],
];

/** The dialect a path belongs to, and the path below its mount. */
export function findDialect(path: string): { dialect: Dialect; below: string } | undefined {
  for (const dialect of dialects) {
    for (const mount of dialect.mounts) {
      if (path.startsWith(mount) && (path.length === mount.length || path[mount.length] === '/')) {
        return { dialect, below: path.slice(mount.length) };
      }
    }
  }
  return undefined;
}
