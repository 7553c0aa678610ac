import ts from "typescript";

export type Member = ts.NamedDeclaration & { readonly name: ts.PropertyName };

export function isMember(node: ts.Node): node is Member {
  return ts.isClassElement(node) && node.name !== undefined || ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) || ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node);
}

/** Whether `{ name }` stands left of `=`, where it reads a property of what is on the right. */
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

/** Whether a value is taken apart at once; the checker expects `any` of it. */
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

/** `new Map()`, whose arguments have the type `any`. */
export function isEmptyContainer(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isNewExpression(node) && node.arguments?.length === 0 &&
    node.typeArguments === undefined;
}

export function isObject(type: ts.Type): type is ts.ObjectType {
  return (type.flags & ts.TypeFlags.Object) !== 0;
}

/** `any`, `unknown`, `object`, `{}`, and what has a type only where it is used. */
export function isAnything(type: ts.Type): boolean {
  const { Any, Unknown, NonPrimitive } = ts.TypeFlags;
  if (type.flags & (Any | Unknown | NonPrimitive)) return true;
  return isObject(type) && type.getProperties().length === 0 &&
    type.getCallSignatures().length === 0 && type.getConstructSignatures().length === 0 &&
    type.getStringIndexType() === undefined && type.getNumberIndexType() === undefined;
}

/** Of an object that is made here, with all that it has. */
export function isLiteral({ symbol }: ts.Type): boolean {
  return symbol !== undefined && (symbol.flags & ts.SymbolFlags.ObjectLiteral) !== 0;
}

/** A method or an accessor of a class: no property of its objects' own. */
export function isOfPrototype({ declarations = [] }: ts.Symbol): boolean {
  return declarations.length > 0 &&
    declarations.every((one) =>
      ts.isClassLike(one.parent) && (ts.isMethodDeclaration(one) || ts.isAccessor(one))
    );
}

/** Marked `@internal`: the published declarations leave it out. */
export function isInternal(node: ts.Node | undefined): boolean {
  return node !== undefined &&
    ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
}

/** A `#name`, which no other class can reach. */
export function isPrivate({ name }: ts.Symbol): boolean {
  return name.startsWith("#");
}
