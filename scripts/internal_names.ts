// Finds the property names that only the library itself uses, so that a build can rename them.
//
// A renamer knows names, not objects. So a name must stay everywhere if any object that has it is
// used by other code: a program, the platform, or code that reads names as strings. The type
// checker follows each value to the types as which it is used. A name stays if it
//
// - belongs to a type that a program reaches through the exports of the entry, or to a type that
//   several builds share;
// - belongs to any type of the declarations of ECMAScript and the DOM, or to no known type;
// - is also a string or a quoted key somewhere;
// - is also that of a variable which is accessed as a member of its module;
// - belongs to an object that is used as `any`, `unknown`, `object` or a record, as by
//   `JSON.stringify()` or `Object.entries()`, or that comes from such a value;
// - belongs to an object that is accessed by a name computed at run time.

import ts from "typescript";
import {
  initializerOf,
  isAnything,
  isAssigned,
  isDestructured,
  isEmptyContainer,
  isInternal,
  isLiteral,
  isMember,
  isObject,
  isOfPrototype,
  isPrivate,
} from "./typescript_nodes.ts";

export interface PropertyNames {
  /** In alphabetical order. */
  readonly internal: readonly string[];
  /** All other names: no property may be renamed to one of them. */
  readonly taken: ReadonlySet<string>;
}

/** A type whose objects are created by one build, and used by another one. */
export interface SharedType {
  readonly path: string;
  readonly name: string;
}

/**
 * @param entry The path of the module whose exports programs use.
 * @param shared The types whose names are the same in all builds.
 * @throws {Error} The program has type errors, or imports a package, whose names are unknown.
 */
export function propertyNamesOf(
  entry: string,
  shared: readonly SharedType[] = [],
): PropertyNames {
  const program = ts.createProgram([entry], OPTIONS);
  const [fault] = ts.getPreEmitDiagnostics(program);
  if (fault !== undefined) {
    const text = ts.flattenDiagnosticMessageText(fault.messageText, "");
    throw new Error(`Cannot check the types of ${fault.file?.fileName ?? entry}: ${text}`);
  }
  return new Search(program, entry, shared).run();
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"].map((name) => `lib.${name}.d.ts`),
  types: [],
  allowImportingTsExtensions: true,
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
};

class Search {
  readonly #checker: ts.TypeChecker;
  readonly #sources: readonly ts.SourceFile[];
  readonly #entry: ts.SourceFile;
  readonly #shared: readonly SharedType[];
  readonly #declared = new Set<string>();
  readonly #kept = new Set<string>();
  /** The names of properties in declaration files, which the platform has or accepts. */
  readonly #platform = new Set<string>();
  readonly #exposed = new Set<ts.Type>();
  readonly #keptTypes = new Set<ts.Type>();
  readonly #flows = new Map<ts.Type, Set<ts.Type>>();
  /** Type parameters whose values are used as `unknown`, or created from it. */
  readonly #opaque = new Set<ts.Symbol>();

  constructor(program: ts.Program, entry: string, shared: readonly SharedType[]) {
    this.#shared = shared;
    this.#checker = program.getTypeChecker();
    const files = program.getSourceFiles();
    this.#sources = files.filter(({ isDeclarationFile }) => !isDeclarationFile);
    const found = program.getSourceFile(entry);
    if (found === undefined) throw new Error(`Cannot find ${entry}`);
    this.#entry = found;
    for (const file of files) if (file.isDeclarationFile) this.#readDeclarations(file);
  }

  run(): PropertyNames {
    this.#keepExports();
    for (const type of this.#shared) this.#keepShared(type);
    for (const file of this.#sources) this.#visit(file);
    for (let before = -1; before < this.#exposed.size + this.#opaque.size;) {
      before = this.#exposed.size + this.#opaque.size;
      this.#followExposed();
      for (const file of this.#sources) this.#visitArguments(file);
    }
    const isInternal = (name: string) => !this.#kept.has(name) && !this.#platform.has(name);
    const taken = new Set([...this.#kept, ...this.#platform]);
    return { internal: [...this.#declared].filter(isInternal).sort(), taken };
  }

  /** Records all properties of a declaration file, which the platform has or accepts. */
  #readDeclarations(node: ts.Node): void {
    if (isMember(node) && ts.isIdentifier(node.name)) this.#platform.add(node.name.text);
    ts.forEachChild(node, (child) => this.#readDeclarations(child));
  }

  #keepShared({ name, path }: SharedType): void {
    const file = this.#sources.find(({ fileName }) => fileName === path);
    const found = file && this.#exportsOf(file).find((one) => one.name === name);
    if (found === undefined) throw new Error(`Cannot find ${name} in ${path}`);
    this.#keep(this.#checker.getDeclaredTypeOfSymbol(found));
  }

  #exportsOf(file: ts.SourceFile): readonly ts.Symbol[] {
    const module = this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`Cannot find exports of ${file.fileName}`);
    return this.#checker.getExportsOfModule(module);
  }

  #keepExports(): void {
    for (const exported of this.#exportsOf(this.#entry)) {
      this.#kept.add(exported.name);
      const symbol = exported.flags & ts.SymbolFlags.Alias
        ? this.#checker.getAliasedSymbol(exported)
        : exported;
      this.#keep(this.#checker.getTypeOfSymbol(symbol));
      this.#keep(this.#checker.getDeclaredTypeOfSymbol(symbol));
    }
  }

  #visit(node: ts.Node): void {
    if (ts.isStringLiteralLike(node) && !ts.isLiteralTypeNode(node.parent)) {
      this.#kept.add(node.text);
    }
    this.#visitName(node);
    this.#visitFlow(node);
    ts.forEachChild(node, (child) => this.#visit(child));
  }

  #visitName(node: ts.Node): void {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.name)) {
      if (this.#isModule(node.expression)) this.#kept.add(node.name.text);
      this.#use(node.name.text, this.#checker.getSymbolAtLocation(node.name));
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (!ts.isIdentifier(name)) return;
      const type = this.#checker.getTypeAtLocation(node.parent);
      if (node.dotDotDotToken === undefined) this.#use(name.text, type.getProperty(name.text));
    } else if (isMember(node) && ts.isIdentifier(node.name)) {
      this.#declared.add(node.name.text);
      if (isAssigned(node.parent)) this.#kept.add(node.name.text);
    }
  }

  #isModule(node: ts.Expression): boolean {
    const symbol = this.#aliased(this.#checker.getSymbolAtLocation(node));
    return symbol !== undefined && (symbol.flags & ts.SymbolFlags.ValueModule) !== 0;
  }

  /** Handles a used name, which stays unless all its possible declarations are in this program. */
  #use(name: string, symbol: ts.Symbol | undefined): void {
    const declarations = symbol?.declarations ?? [];
    const isOurs = declarations.length > 0 && declarations.every((one) => this.#isHere(one));
    if (!isOurs) this.#kept.add(name);
  }

  #isHere(declaration: ts.Declaration): boolean {
    return !declaration.getSourceFile().isDeclarationFile;
  }

  #visitFlow(node: ts.Node): void {
    if (ts.isAssertionExpression(node) && !ts.isConstTypeReference(node.type)) {
      const [from, to] = [node.expression, node].map((one) => this.#checker.getTypeAtLocation(one));
      this.#flow(from!, to!);
    } else if (ts.isElementAccessExpression(node)) this.#visitElement(node);
    else if (ts.isForInStatement(node)) this.#expose(this.#typeOf(node.expression));
    else if (ts.isFunctionLike(node)) this.#visitFunction(node);
    if (!ts.isExpression(node) || isDestructured(node) || isEmptyContainer(node)) return;
    const expected = this.#checker.getContextualType(node);
    if (expected !== undefined) this.#flow(this.#typeOf(node), expected);
  }

  /** Handles a name that is computed at run time, and may be any name of the object. */
  #visitElement({ expression, argumentExpression }: ts.ElementAccessExpression): void {
    const { flags } = this.#typeOf(argumentExpression);
    if (flags & (ts.TypeFlags.NumberLike | ts.TypeFlags.ESSymbolLike)) return;
    this.#keep(this.#typeOf(expression));
    this.#expose(this.#typeOf(expression));
  }

  #visitFunction(node: ts.SignatureDeclaration): void {
    const predicate = node.type !== undefined && ts.isTypePredicateNode(node.type)
      ? node.type.type
      : undefined;
    // A value whose type is tested can be any object.
    if (predicate !== undefined) this.#keep(this.#checker.getTypeFromTypeNode(predicate));
    const symbol = "symbol" in node ? node.symbol as ts.Symbol | undefined : undefined;
    // The implementation of an overloaded function can have less specific types than its overloads.
    const isOverloaded = (symbol?.declarations?.filter(ts.isFunctionLike).length ?? 0) > 1;
    if (isOverloaded) this.#keep(this.#typeOf(node));
  }

  /** Exposes, with all their names, the types that are used as exposed types. */
  #followExposed(): void {
    for (const [from, uses] of this.#flows) {
      if ([...uses].some((to) => this.#exposed.has(to))) this.#expose(from);
    }
  }

  /** Keeps the names of arguments whose type parameters are opaque. */
  #visitArguments(node: ts.Node): void {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const signature = this.#checker.getResolvedSignature(node);
      const declaration = signature?.declaration;
      if (declaration !== undefined && this.#isOpaque(declaration)) {
        node.arguments?.forEach((argument, at) => {
          const parameter = declaration.parameters[at] ?? declaration.parameters.at(-1);
          if (this.#mentionsOpaque(parameter)) this.#keep(this.#typeOf(argument));
        });
        // Of an object, only the type arguments are opaque, since it also has its own members.
        const type = this.#typeOf(node);
        if (ts.isNewExpression(node)) this.#argumentsOf(type).forEach((one) => this.#keep(one));
        else if (this.#mentionsOpaque(declaration.type ?? declaration)) this.#keep(type);
      }
    } else if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const name = ts.isTypeReferenceNode(node) ? node.typeName : node.expression;
      const symbol = this.#checker.getSymbolAtLocation(name);
      const declarations = this.#aliased(symbol)?.declarations ?? [];
      if (declarations.some((one) => this.#isOpaque(one))) {
        for (const argument of node.typeArguments ?? []) this.#keep(this.#typeOf(argument));
      }
    }
    ts.forEachChild(node, (child) => this.#visitArguments(child));
  }

  #aliased(symbol: ts.Symbol | undefined): ts.Symbol | undefined {
    const isAlias = symbol !== undefined && symbol.flags & ts.SymbolFlags.Alias;
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** Whether a declaration, or one around it, has an opaque type parameter. */
  #isOpaque(node: ts.Node | undefined): boolean {
    if (node === undefined || ts.isSourceFile(node)) return false;
    const parameters = "typeParameters" in node
      ? node.typeParameters as readonly ts.TypeParameterDeclaration[] | undefined
      : undefined;
    const isIt = parameters?.some(({ name }) => {
      const symbol = this.#checker.getSymbolAtLocation(name);
      return symbol !== undefined && this.#opaque.has(symbol);
    });
    return isIt === true || this.#isOpaque(node.parent);
  }

  #mentionsOpaque(node: ts.Node | undefined): boolean {
    if (node === undefined) return false;
    if (ts.isIdentifier(node)) {
      const symbol = this.#checker.getSymbolAtLocation(node);
      if (symbol !== undefined && this.#opaque.has(symbol)) return true;
    }
    return ts.forEachChild(node, (child) => this.#mentionsOpaque(child)) ?? false;
  }

  #typeOf(node: ts.Node): ts.Type {
    return this.#checker.getTypeAtLocation(node);
  }

  /** Records that a value of one type is used as another. */
  #flow(from: ts.Type, to: ts.Type): void {
    if (from === to || this.#flows.get(from)?.has(to)) return;
    this.#flows.set(from, (this.#flows.get(from) ?? new Set()).add(to));
    if (isAnything(to)) return this.#expose(from);
    if (isAnything(from) && !isLiteral(from)) return this.#keep(to);
    if (from.isUnionOrIntersection()) return from.types.forEach((one) => this.#flow(one, to));
    if (to.isUnionOrIntersection()) return this.#flowInto(to.types, from);
    if (!isObject(from) || !isObject(to)) return;
    if (this.#isOfPlatform(from) && this.#isOfPlatform(to)) return this.#flowArguments(from, to);
    this.#flowProperties(from, to);
    this.#flowSignatures(from, to);
  }

  /** Records a flow to the possible types of a union, or to all types of an intersection. */
  #flowInto(types: readonly ts.Type[], from: ts.Type): void {
    const possible = types.filter((one) => this.#checker.isTypeAssignableTo(from, one));
    for (const one of possible.length > 0 ? possible : types) this.#flow(from, one);
  }

  /** Records flows between containers, such as a Map and an Iterable: between all arguments. */
  #flowArguments(from: ts.Type, to: ts.Type): void {
    const isSame = from.symbol === to.symbol;
    this.#argumentsOf(from).forEach((given, at) =>
      this.#argumentsOf(to).forEach((taken, other) => {
        if (!isSame || at === other) this.#flow(given, taken);
      })
    );
  }

  #argumentsOf(type: ts.Type): readonly ts.Type[] {
    const isReference = isObject(type) && type.objectFlags & ts.ObjectFlags.Reference;
    const own = isReference ? this.#checker.getTypeArguments(type as ts.TypeReference) : [];
    return [...own, ...type.aliasTypeArguments ?? []];
  }

  #flowProperties(from: ts.Type, to: ts.Type): void {
    const isRecord = from.getStringIndexType() !== undefined;
    const value = to.getStringIndexType();
    if (value !== undefined) {
      for (const property of from.getProperties()) {
        if (this.#isOfPlatform(from)) continue;
        this.#kept.add(property.name);
        this.#flow(this.#checker.getTypeOfSymbol(property), value);
      }
    }
    for (const property of to.getProperties()) {
      const source = from.getProperty(property.name);
      // An object from outside may have an optional property that its type lacks.
      if (source === undefined && (isRecord || this.#isOfPlatform(from))) {
        this.#kept.add(property.name);
      }
      if (source === undefined || isPrivate(source) || source === property) continue;
      if (isEmptyContainer(initializerOf(source))) continue;
      this.#flow(this.#checker.getTypeOfSymbol(source), this.#checker.getTypeOfSymbol(property));
    }
  }

  #flowSignatures(from: ts.Type, to: ts.Type): void {
    for (const taken of to.getCallSignatures()) {
      for (const given of from.getCallSignatures()) {
        this.#flow(given.getReturnType(), taken.getReturnType());
        given.getParameters().forEach((parameter, at) => {
          const passed = taken.getParameters()[at];
          if (passed === undefined) return;
          const [type, other] = [passed, parameter].map((one) =>
            this.#checker.getTypeOfSymbol(one)
          );
          this.#flow(type!, other!);
        });
      }
    }
  }

  #isOfPlatform(type: ts.Type): boolean {
    if (this.#checker.isTupleType(type)) return true;
    // Mapped types such as `Partial` are declared by the platform, but not their properties.
    const isMapped = isObject(type) && (type.objectFlags & ts.ObjectFlags.Mapped) !== 0;
    const symbols = isMapped ? type.getProperties() : [type.symbol];
    const declarations = symbols.flatMap((symbol) => symbol?.declarations ?? []);
    return declarations.length > 0 && !declarations.some((one) => this.#isHere(one));
  }

  /**
   * Keeps the property names of a type, and of its properties, which code without type information
   * can enumerate. Methods of classes are not enumerable, and callers of a function know its type.
   */
  #expose(type: ts.Type): void {
    if (this.#exposed.has(type)) return;
    this.#exposed.add(type);
    if (type.isUnionOrIntersection()) type.types.forEach((one) => this.#expose(one));
    if (type.isTypeParameter()) this.#expectAnything(type);
    this.#argumentsOf(type).forEach((one) => this.#expose(one));
    if (!isObject(type) || this.#isOfPlatform(type)) return;
    for (const property of type.getProperties()) {
      if (isPrivate(property) || isOfPrototype(property)) continue;
      this.#kept.add(property.name);
      this.#expose(this.#checker.getTypeOfSymbol(property));
    }
    for (const { type: value } of this.#checker.getIndexInfosOfType(type)) this.#expose(value);
  }

  #expectAnything(type: ts.TypeParameter): void {
    this.#opaque.add(type.symbol);
    const limit = type.getConstraint();
    if (limit !== undefined) this.#keep(limit);
  }

  /** Keeps all names of a type, and of all types that are reachable from it. */
  #keep(type: ts.Type): void {
    if (this.#keptTypes.has(type)) return;
    this.#keptTypes.add(type);
    if (type.isUnionOrIntersection()) type.types.forEach((one) => this.#keep(one));
    if (type.isTypeParameter()) this.#expectAnything(type);
    this.#argumentsOf(type).forEach((one) => this.#keep(one));
    if (!isObject(type) || this.#isOfPlatform(type)) return;
    for (const property of type.getProperties()) {
      if (isPrivate(property) || isInternal(property.valueDeclaration)) continue;
      this.#kept.add(property.name);
      this.#keep(this.#checker.getTypeOfSymbol(property));
    }
    for (const base of type.getBaseTypes() ?? []) this.#keep(base);
    for (const { type: value } of this.#checker.getIndexInfosOfType(type)) this.#keep(value);
    for (const signature of [...type.getCallSignatures(), ...type.getConstructSignatures()]) {
      if (isInternal(signature.declaration)) continue;
      this.#keep(signature.getReturnType());
      for (const one of signature.getParameters()) this.#keep(this.#checker.getTypeOfSymbol(one));
    }
  }
}
