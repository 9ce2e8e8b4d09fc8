// Presets as assistants of earlier systems are written: tools by name, and a provider beside the model.
import { suggest } from '@waybill/rating';
import type { Problems } from '../reading/problems.ts';
import { isTree, listIn, type Tree } from '../reading/tree.ts';
import { findModel } from './find-model.ts';

/** Names of models in presets. */
export function modelsInPresets(tree: Tree): readonly unknown[] {
  return listIn(tree, 'presets').flatMap((preset) =>
    isTree(preset) && preset.model !== undefined ? [preset.model] : [],
  );
}

/** The tree, which has its models and routes by now, with each preset's model found and its tools written out. */
export function withPresets(tree: Tree, problems: Problems): Tree {
  const { tools: defined, ...rest } = tree;
  const tools = toolsByName(tree, problems);
  if (!Array.isArray(tree.presets)) return rest;
  const presets = tree.presets.map((preset: unknown, index) => {
    if (!isTree(preset)) return preset;
    const place = `presets[${index}]`;
    return { ...withModel(tree, preset, place, problems), ...withTools(preset, { tools, place, problems }) };
  });
  return { ...rest, presets };
}

/** Without its provider, which was only said to find the model by. */
function withModel(tree: Tree, { provider, ...preset }: Tree, place: string, problems: Problems): Tree {
  const asked = preset.model ?? (isTree(tree.routing) ? tree.routing.default_model : undefined);
  if (typeof asked !== 'string') return preset;
  const found = findModel(tree, asked, provider);
  if ('id' in found) return { ...preset, model: found.id };
  problems.add(`${place}.model`, found.problem);
  return { ...preset, model: asked };
}

type Tools = ReadonlyMap<string, Tree>;

function toolsByName(tree: Tree, problems: Problems): Tools {
  if (tree.tools !== undefined && !Array.isArray(tree.tools)) problems.add('tools', 'is wrong; give a list of tools');
  const tools = new Map<string, Tree>();
  listIn(tree, 'tools').forEach((tool, index) => {
    const name = isTree(tool) ? nameOf(tool) : undefined;
    if (!isTree(tool) || name === undefined) {
      problems.add(`tools[${index}]`, 'is wrong; give a tool with the name of its function');
    } else if (tools.has(name)) problems.add(`tools[${index}]`, `${name} is there twice; give each its own name`);
    else tools.set(name, tool);
  });
  return tools;
}

function nameOf(tool: Tree): string | undefined {
  const { name } = isTree(tool.function) ? tool.function : tool;
  return typeof name === 'string' ? name : undefined;
}

interface Given {
  readonly tools: Tools;
  readonly place: string;
  readonly problems: Problems;
}

function withTools(preset: Tree, { tools, place, problems }: Given): Tree {
  if (!Array.isArray(preset.tools)) return {};
  const written = preset.tools.flatMap((tool: unknown, index) => {
    if (typeof tool !== 'string') return [tool];
    const found = tools.get(tool);
    if (found === undefined) {
      const known = [...tools.keys()];
      problems.add(`${place}.tools[${index}]`, `there is no tool ${tool} under tools; ${suggest(tool, known)}`);
    }
    return found ?? [];
  });
  return { tools: written };
}
