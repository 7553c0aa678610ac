import ts from "typescript";
import type { Defect, Edit } from "./defects.ts";

interface Replacement {
  readonly node: ts.Node;
  readonly text: string;
}

export async function mutateAll(
  { file: usual, edits }: Defect,
  read: (file: string) => Promise<string>,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const { file = usual } = edit;
    texts.set(file, mutate(file, texts.get(file) ?? await read(file), edit));
  }
  return texts;
}

/**
 * @param file The path of the source, for errors.
 * @throws {Error} The place of the edit is not there exactly once: the code has changed.
 */
export function mutate(file: string, source: string, edit: Edit): string {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  try {
    const { node, text } = replacementOf(symbolOf(tree, edit.symbol), edit);
    return source.slice(0, node.getStart()) + text + source.slice(node.end);
  } catch (error) {
    throw new Error(`Cannot edit ${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function replacementOf(symbol: ts.Node, edit: Edit): Replacement {
  if ("value" in edit) {
    return { node: one(`value of ${edit.symbol}`, initializersOf(symbol)), text: edit.value };
  }
  if ("condition" in edit) {
    const what = `condition in ${edit.symbol} that mentions ${edit.condition}`;
    return { node: one(what, conditionsOf(symbol, edit.condition)), text: edit.becomes };
  }
  if ("without" in edit) {
    const node = statementOf(symbol, edit.symbol, edit.without);
    const { onlyIf } = edit;
    return { node, text: onlyIf === undefined ? "{}" : `{ if (${onlyIf}) ${node.getText()} }` };
  }
  if ("put" in edit && edit.before !== undefined) {
    const node = statementOf(symbol, edit.symbol, edit.before);
    return { node, text: `{ ${edit.put} ${node.getText()} }` };
  }
  const node = one(`body of ${edit.symbol}`, bodiesOf(symbol));
  if ("returns" in edit) return { node, text: `{ return ${edit.returns}; }` };
  const rest = ts.isBlock(node) ? node.getText().slice(1, -1) : `return ${node.getText()}; `;
  return { node, text: `{ ${edit.put} ${rest}}` };
}

function one<Node extends ts.Node>(what: string, nodes: readonly Node[]): Node {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) {
    throw new Error(`one ${what} expected, ${nodes.length} found`);
  }
  return node;
}

function symbolOf(tree: ts.SourceFile, path: string): ts.Node {
  const names = path.split(".");
  return names.reduce<ts.Node>((outer, name, at) => {
    const isMeant = (node: ts.Node) => isDeclaration(node) && isNamed(node.name, name);
    return one(names.slice(0, at + 1).join("."), scopeOf(outer).filter(isMeant));
  }, tree);
}

/** The scope of a name: the declarations of a module or class, or everything in a function. */
function scopeOf(outer: ts.Node): readonly ts.Node[] {
  if (ts.isClassLike(outer)) return outer.members;
  if (!ts.isSourceFile(outer)) return inside(outer);
  return outer.statements.flatMap<ts.Node>((node) =>
    ts.isVariableStatement(node) ? node.declarationList.declarations : node
  );
}

/** A declaration with code: no type, and no overload. */
function isDeclaration(node: ts.Node): node is ts.NamedDeclaration {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) {
    return node.body !== undefined;
  }
  return ts.isVariableDeclaration(node) || ts.isClassDeclaration(node) ||
    ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node);
}

function isNamed(node: ts.Node | undefined, name: string): boolean {
  return node !== undefined && (ts.isMemberName(node) || ts.isStringLiteral(node)) &&
    node.text === name;
}

function inside(node: ts.Node): ts.Node[] {
  const nodes = [node];
  ts.forEachChild(node, (child) => void nodes.push(...inside(child)));
  return nodes;
}

function initializersOf(symbol: ts.Node): ts.Expression[] {
  const hasValue = ts.isVariableDeclaration(symbol) || ts.isPropertyDeclaration(symbol) ||
    ts.isPropertyAssignment(symbol);
  return hasValue && symbol.initializer !== undefined ? [symbol.initializer] : [];
}

/** The body of a function, or of one that is the value of a variable or property. */
function bodiesOf(symbol: ts.Node): ts.ConciseBody[] {
  const [made = symbol] = initializersOf(symbol);
  const hasBody = ts.isFunctionLike(made) && "body" in made;
  return hasBody && made.body !== undefined ? [made.body] : [];
}

function conditionsOf(symbol: ts.Node, name: string): ts.Expression[] {
  return inside(symbol).flatMap((node) => {
    if (ts.isConditionalExpression(node)) return node.condition;
    return ts.isIfStatement(node) ? node.expression : [];
  }).filter((condition) => inside(condition).some((node) => isNamed(node, name)));
}

function statementOf(symbol: ts.Node, path: string, name: string): ts.Statement {
  const statements = inside(symbol).filter((node) => uses(node, name)).flatMap((node) => {
    let at = node;
    while (at !== symbol && !ts.isStatement(at)) at = at.parent;
    return at !== symbol && ts.isStatement(at) && !ts.isVariableStatement(at) ? at : [];
  });
  const what = `statement in ${path} that calls, assigns or returns ${name}`;
  return one(what, [...new Set(statements)]);
}

/** Whether the node calls, assigns or returns the name. */
function uses(node: ts.Node, name: string): boolean {
  if (ts.isReturnStatement(node)) return isNamed(node.expression, name);
  const { FirstAssignment, LastAssignment } = ts.SyntaxKind;
  const isAssignment = ts.isBinaryExpression(node) &&
    node.operatorToken.kind >= FirstAssignment && node.operatorToken.kind <= LastAssignment;
  const target = ts.isCallExpression(node) ? node.expression : isAssignment ? node.left : undefined;
  return isNamed(target && ts.isPropertyAccessExpression(target) ? target.name : target, name);
}
