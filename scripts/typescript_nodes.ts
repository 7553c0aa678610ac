// Predicates on nodes, types and symbols of the TypeScript compiler.

import ts from "typescript";

export type Member = ts.NamedDeclaration & { readonly name: ts.PropertyName };

export function isMember(node: ts.Node): node is Member {
  return ts.isClassElement(node) && node.name !== undefined || ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) || ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node);
}

/** Whether `{ name }` is on the left of `=`, and reads a property of the value on the right. */
export function isAssigned(node: ts.Node): boolean {
  for (let at = node; at.parent !== undefined && ts.isExpression(at); at = at.parent) {
    const { parent } = at;
    if (
      ts.isBinaryExpression(parent) && parent.left === at &&
      parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
    ) return true;
    if (ts.isForOfStatement(parent) && parent.initializer === at) return true;
  }
  return false;
}

/** Whether a value is destructured at once; then the checker contextually types it as `any`. */
export function isDestructured(node: ts.Node): boolean {
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const { parent } = at;
    if (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isParameter(parent)) {
      const type = "type" in parent ? parent.type : undefined;
      return parent.initializer === at && !ts.isIdentifier(parent.name) && type === undefined;
    }
    const isPart = ts.isExpression(at) && ts.isConditionalExpression(parent) ||
      ts.isParenthesizedExpression(parent) || ts.isArrayLiteralExpression(parent) ||
      ts.isObjectLiteralExpression(parent) || ts.isPropertyAssignment(parent);
    if (!isPart) return false;
  }
  return false;
}

export function initializerOf({ valueDeclaration: node }: ts.Symbol): ts.Node | undefined {
  return node !== undefined && ts.isPropertyAssignment(node) ? node.initializer : undefined;
}

/** Whether a node is a call such as `new Map()`, whose type arguments are `any`. */
export function isEmptyContainer(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isNewExpression(node) && node.arguments?.length === 0 &&
    node.typeArguments === undefined;
}

export function isObject(type: ts.Type): type is ts.ObjectType {
  return (type.flags & ts.TypeFlags.Object) !== 0;
}

/** Whether a type is `any`, `unknown`, `object`, or an object type without members. */
export function isAnything(type: ts.Type): boolean {
  const { Any, Unknown, NonPrimitive } = ts.TypeFlags;
  if (type.flags & (Any | Unknown | NonPrimitive)) return true;
  return isObject(type) && type.getProperties().length === 0 &&
    type.getCallSignatures().length === 0 && type.getConstructSignatures().length === 0 &&
    type.getStringIndexType() === undefined && type.getNumberIndexType() === undefined;
}

/** Whether a type is that of an object literal, and therefore has all its properties. */
export function isLiteral({ symbol }: ts.Type): boolean {
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.ObjectLiteral) !== 0;
}

/** Whether a symbol is a method or an accessor of a class, not an own property of its objects. */
export function isOfPrototype({ declarations = [] }: ts.Symbol): boolean {
  return declarations.length > 0 &&
    declarations.every((one) =>
      ts.isClassLike(one.parent) && (ts.isMethodDeclaration(one) || ts.isAccessor(one))
    );
}

/** Whether a node is marked `@internal`, so that the published declarations omit it. */
export function isInternal(node: ts.Node | undefined): boolean {
  return node !== undefined &&
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
}

/** Whether a symbol is a private `#name`. */
export function isPrivate({ name }: ts.Symbol): boolean {
  return name.startsWith("#");
}
