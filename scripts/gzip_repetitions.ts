// Rewrites minified code so that gzip finds more repetitions in it. All positions stay the same, so
// the source map remains valid.
//
// - Strings become templates, so that there is only one kind of quotes.
// - Private methods are named with capital letters, the most called one `#A`. Other private members
//   are named with small letters, in their order. The minifier uses one alphabet for both.

import ts from "typescript";

export function withRepetitions(code: string): string {
  const file = ts.createSourceFile("script.js", code, ts.ScriptTarget.ESNext, true);
  const characters = code.split("");
  const visit = (node: ts.Node, isInClass: boolean): void => {
    if (ts.isStringLiteral(node) && mayBeTemplate(node)) {
      characters[node.getStart(file)] = characters[node.end - 1] = "`";
    }
    const isClass = ts.isClassLike(node);
    if (isClass && !isInClass) {
      for (const [name, letter] of lettersOf(node)) characters[name.end - 1] = letter;
    }
    ts.forEachChild(node, (child) => visit(child, isInClass || isClass));
  };
  visit(file, false);
  return characters.join("");
}

/**
 * Whether a string can become a template: it is not a directive, a key, the name of an import or
 * export, or text that means something else in a template.
 */
function mayBeTemplate(node: ts.StringLiteral): boolean {
  const { parent } = node;
  const isName = "name" in parent && parent.name === node || ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent);
  return !isName && !ts.isExpressionStatement(parent) && !/[`\\]|\$\{/.test(node.getText());
}

const SMALL = "tesinrhoalcdufgpmvwbykjqxz";
const CAPITAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * Returns the new letters of all private names in a class. There are none if the class has too many
 * names, so that one is longer, or contains a class, which may use its names or the same ones.
 */
function lettersOf(node: ts.ClassLikeDeclaration): ReadonlyMap<ts.PrivateIdentifier, string> {
  const uses = new Map<string, ts.PrivateIdentifier[]>();
  const methods: string[] = [];
  const others: string[] = [];
  for (const member of node.members) {
    if (member.name === undefined || !ts.isPrivateIdentifier(member.name)) continue;
    uses.set(member.name.text, []);
    (ts.isMethodDeclaration(member) ? methods : others).push(member.name.text);
  }
  let hasClass = false;
  const collect = (child: ts.Node): void => {
    hasClass ||= ts.isClassLike(child);
    if (ts.isPrivateIdentifier(child)) uses.get(child.text)?.push(child);
    ts.forEachChild(child, collect);
  };
  node.members.forEach(collect);
  const usesOf = (name: string) => uses.get(name)?.length ?? 0;
  methods.sort((a, b) => usesOf(b) - usesOf(a));
  const isLong = [...uses.keys()].some((name) => name.length > "#a".length);
  if (hasClass || isLong || methods.length > CAPITAL.length || others.length > SMALL.length) {
    return new Map();
  }
  const letters = new Map<ts.PrivateIdentifier, string>();
  for (const [names, alphabet] of [[methods, CAPITAL], [others, SMALL]] as const) {
    names.forEach((name, at) => uses.get(name)?.forEach((use) => letters.set(use, alphabet[at]!)));
  }
  return letters;
}
