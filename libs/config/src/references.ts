// Names that lead somewhere: no two things have one name, and whatever is named exists.
import { suggest } from '@waybill/rating';
import { type Problems, pathText } from './reading/problems.ts';
import { isTree, listIn, type Tree, textsIn } from './reading/tree.ts';
import { type Dialect, wiresOf } from './sections/provider.ts';

/** Works on the tree, so that it tells of wrong names also where other things are wrong. */
export function checkReferences(tree: Tree, problems: Problems): void {
  const providers = idsIn(tree, 'providers', 'id');
  const models = idsIn(tree, 'models', 'id');
  const routes = idsIn(tree, 'routes', 'model');
  for (const [list, name] of [
    ['providers', 'id'],
    ['models', 'id'],
    ['routes', 'model'],
    ['keys', 'id'],
    ['budgets', 'id'],
    ['presets', 'name'],
  ] as const) {
    refuseDoubles(tree, list, name, problems);
  }
  checkPresets(tree, [...models, ...routes], problems);
  checkRouting(tree, { models, routes }, problems);
  listIn(tree, 'models').forEach((model, index) => {
    mustExist(
      isTree(model) ? model.provider : undefined,
      ['models', index, 'provider'],
      { what: 'provider', known: providers },
      problems,
    );
    if (isTree(model)) checkWire(model, listIn(tree, 'providers'), pathText(['models', index, 'wire']), problems);
  });
  listIn(tree, 'routes').forEach((route, index) => {
    checkRoute(isTree(route) ? route : {}, index, { models, routes }, problems);
  });
  for (const list of ['limits', 'budgets']) {
    listIn(tree, list).forEach((entry, index) => {
      const scope = isTree(entry) && isTree(entry.scope) ? entry.scope : {};
      mustExist(scope.model, [list, index, 'scope', 'model'], { what: 'model', known: models, routes }, problems);
      mustExist(scope.provider, [list, index, 'scope', 'provider'], { what: 'provider', known: providers }, problems);
    });
  }
}

/** What a preset asks for was looked for when its provider was known. */
function checkPresets(tree: Tree, taken: readonly string[], problems: Problems): void {
  textsIn(listIn(tree, 'presets'), 'name').forEach((name, index) => {
    if (name === undefined || !taken.includes(name)) return;
    problems.add(pathText(['presets', index, 'name']), `${name} is a model or a route; give the preset its own name`);
  });
}

function checkRouting(tree: Tree, names: { models: readonly string[]; routes: readonly string[] }, problems: Problems) {
  const routing = isTree(tree.routing) ? tree.routing : {};
  const known = [...names.routes, ...names.models, ...idsIn(tree, 'presets', 'name')];
  mustExist(routing.default_model, ['routing', 'default_model'], { what: 'model', known }, problems);
  listIn(routing, 'fallbacks').forEach((name, index) => {
    mustExist(
      name,
      ['routing', 'fallbacks', index],
      { what: 'model', known: names.models, routes: names.routes },
      problems,
    );
  });
}

function checkWire(model: Tree, providers: readonly unknown[], place: string, problems: Problems): void {
  const provider = providers.filter(isTree).find(({ id }) => id === model.provider);
  if (model.wire === undefined || provider === undefined) return;
  const dialect = provider.kind === 'simulator' ? (provider.dialect ?? 'openai') : provider.kind;
  const known = wiresOf[dialect as Dialect] ?? [];
  if (known.includes(String(model.wire))) return;
  const message = known.length === 0 ? 'remove it' : `give one of ${known.join(', ')}`;
  problems.add(place, `${model.wire} is none of ${dialect}; ${message}`);
}

function idsIn(tree: Tree, list: string, name: string): readonly string[] {
  return textsIn(listIn(tree, list), name).filter((id) => id !== undefined);
}

function refuseDoubles(tree: Tree, list: string, name: string, problems: Problems): void {
  const firstPlace = new Map<string, number>();
  textsIn(listIn(tree, list), name).forEach((id, index) => {
    if (id === undefined) return;
    const first = firstPlace.get(id);
    if (first === undefined) firstPlace.set(id, index);
    else problems.add(pathText([list, index, name]), `${id} is taken by ${list}[${first}]; give each its own`);
  });
}

interface Names {
  readonly what: string;
  readonly known: readonly string[];
  /** Names that people may take for models. */
  readonly routes?: readonly string[];
}

function mustExist(name: unknown, path: readonly PropertyKey[], names: Names, problems: Problems): void {
  if (typeof name !== 'string' || names.known.includes(name)) return;
  const message = names.routes?.includes(name)
    ? `${name} is a route; name one of its models`
    : `there is no ${names.what} ${name}; ${suggest(name, names.known)}`;
  problems.add(pathText(path), message);
}

function checkRoute(
  route: Tree,
  index: number,
  names: { models: readonly string[]; routes: readonly string[] },
  problems: Problems,
): void {
  if (typeof route.model === 'string' && names.models.includes(route.model)) {
    problems.add(
      pathText(['routes', index, 'model']),
      `${route.model} is the id of a model; give the route its own name`,
    );
  }
  const candidates = listIn(route, 'candidates');
  candidates.forEach((candidate, place) => {
    const path = ['routes', index, 'candidates', place];
    mustExist(candidate, path, { what: 'model', known: names.models, routes: names.routes }, problems);
    if (candidates.indexOf(candidate) < place) problems.add(pathText(path), `${candidate} is there twice; remove one`);
  });
}
