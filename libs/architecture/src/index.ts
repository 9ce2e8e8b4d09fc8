export { type Rule, rules } from './layers.ts';
export { readSourceTree, type SourceTree } from './source-tree.ts';
