// Formats the types in the output of `deno doc` as TypeScript.

export interface Doc {
  readonly doc?: string;
  readonly tags?: readonly {
    readonly kind: string;
    readonly name?: string;
    readonly doc?: string;
    readonly tsType?: Type;
  }[];
}

export type Type =
  | { readonly kind: "keyword"; readonly value: string }
  | { readonly kind: "literal"; readonly repr: string; readonly value: { readonly kind: string } }
  | {
    readonly kind: "typeRef";
    readonly value: { readonly typeName: string; readonly typeParams?: readonly Type[] };
  }
  | { readonly kind: "array" | "parenthesized" | "rest"; readonly value: Type }
  | { readonly kind: "union" | "intersection" | "tuple"; readonly value: readonly Type[] }
  | {
    readonly kind: "typeOperator";
    readonly value: { readonly operator: string; readonly tsType: Type };
  }
  | {
    readonly kind: "indexedAccess";
    readonly value: { readonly objType: Type; readonly indexType: Type };
  }
  | {
    readonly kind: "conditional";
    readonly value: {
      readonly checkType: Type;
      readonly extendsType: Type;
      readonly trueType: Type;
      readonly falseType: Type;
    };
  }
  | {
    readonly kind: "fnOrConstructor";
    readonly value: { readonly params: readonly Param[]; readonly tsType: Type };
  }
  | { readonly kind: "typeLiteral"; readonly value: Members };

export interface Param {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly tsType?: Type;
  /** The parameter that has a default. */
  readonly left?: Param;
  /** The parameter that is a rest parameter. */
  readonly arg?: Param;
}

export interface TypeParam {
  readonly name: string;
  readonly constraint?: Type;
  readonly default?: Type;
}

export interface Callable {
  readonly params: readonly Param[];
  readonly returnType?: Type;
  readonly typeParams?: readonly TypeParam[];
}

export interface Property {
  readonly name: string;
  readonly jsDoc?: Doc;
  readonly tsType?: Type;
  readonly optional?: boolean;
  readonly readonly?: boolean;
}

export interface Method extends Partial<Callable> {
  readonly name: string;
  readonly kind: string;
  readonly jsDoc?: Doc;
  readonly functionDef?: Callable;
}

export interface Constructor {
  readonly params: readonly Param[];
  readonly jsDoc?: Doc;
  readonly hasBody?: boolean;
}

export interface Members {
  readonly constructors?: readonly Constructor[];
  readonly properties?: readonly Property[];
  readonly methods?: readonly Method[];
}

export interface Declaration {
  readonly kind: string;
  readonly jsDoc?: Doc;
  readonly def: Members & Partial<Callable> & {
    readonly isAbstract?: boolean;
    readonly extends?: string | readonly Type[];
    readonly superTypeParams?: readonly Type[];
    readonly tsType?: Type;
    readonly typeParams?: readonly TypeParam[];
    readonly target?: { readonly filename: string; readonly byteIndex: number };
  };
  readonly location?: { readonly filename: string; readonly byteIndex: number };
}

export function typeText(type: Type): string {
  switch (type.kind) {
    case "keyword":
      return type.value;
    case "literal":
      return type.value.kind === "string" ? JSON.stringify(type.repr) : type.repr;
    case "typeRef":
      return `${type.value.typeName}${listed(type.value.typeParams)}`;
    case "array":
      return `${typeText(type.value)}[]`;
    case "rest":
      return `...${typeText(type.value)}`;
    case "conditional": {
      const { checkType, extendsType, falseType, trueType } = type.value;
      const [check, other, yes, no] = [checkType, extendsType, trueType, falseType].map(typeText);
      return `${check} extends ${other} ? ${yes} : ${no}`;
    }
    case "parenthesized":
      return `(${typeText(type.value)})`;
    case "union":
      return type.value.map(typeText).join(" | ");
    case "intersection":
      return type.value.map(typeText).join(" & ");
    case "tuple":
      return `[${type.value.map(typeText).join(", ")}]`;
    case "typeOperator":
      return `${type.value.operator} ${typeText(type.value.tsType)}`;
    case "indexedAccess":
      return `${typeText(type.value.objType)}[${typeText(type.value.indexType)}]`;
    case "fnOrConstructor":
      return `(${paramsText(type.value.params)}) => ${typeText(type.value.tsType)}`;
    case "typeLiteral":
      return `{ ${memberLines(type.value).join(" ")} }`;
    default:
      throw new TypeError(`Cannot write a type of the kind ${(type as { kind: string }).kind}`);
  }
}

/** Returns the lines of members: only public overloads, and one line for each accessor. */
export function memberLines({ constructors, properties, methods }: Members): string[] {
  return [
    ...publicConstructors(constructors).map(({ params }) => `constructor(${paramsText(params)});`),
    ...(properties ?? []).map(propertyText),
    ...(methods ?? []).flatMap((method) => methodText(method, methods ?? [])),
  ];
}

export function publicConstructors(constructors: readonly Constructor[] = []): Constructor[] {
  const overloads = constructors.filter(({ hasBody }) => !hasBody);
  return overloads.length > 0 ? overloads : [...constructors];
}

/** @param isPrivate Whether a base class is private, and therefore omitted. */
export function signature(
  name: string,
  { kind, def }: Declaration,
  isPrivate: (base: string) => boolean = () => false,
): string {
  const params = typeParamsText(def.typeParams);
  switch (kind) {
    case "class": {
      const base = typeof def.extends === "string" && !isPrivate(def.extends)
        ? ` extends ${def.extends}${listed(def.superTypeParams)}`
        : "";
      return block(`${def.isAbstract ? "abstract " : ""}class ${name}${params}${base}`, def);
    }
    case "interface": {
      const bases = Array.isArray(def.extends) ? def.extends.map(typeText) : [];
      const base = bases.length > 0 ? ` extends ${bases.join(", ")}` : "";
      return block(`interface ${name}${params}${base}`, def);
    }
    case "function":
      return `function ${name}${callText({ params: [], ...def })};`;
    case "typeAlias":
      return `type ${name}${params} = ${typeText(def.tsType!)};`;
    case "variable":
      return `const ${name}: ${def.tsType ? typeText(def.tsType) : "unknown"};`;
    default:
      throw new TypeError(`Cannot write a declaration of the kind ${kind}`);
  }
}

export function paramsText(params: readonly Param[]): string {
  return params.map((param) => {
    const { name = "_", optional = false, tsType } = param.left ?? param.arg ?? param;
    const mayLack = optional || param.left !== undefined;
    const type = param.tsType ?? tsType;
    const rest = param.kind === "rest" ? "..." : "";
    return `${rest}${name}${mayLack ? "?" : ""}: ${type ? typeText(type) : "unknown"}`;
  }).join(", ");
}

function propertyText({ name, optional, readonly, tsType }: Property): string {
  const type = tsType ? typeText(tsType) : "unknown";
  return `${readonly ? "readonly " : ""}${name}${optional ? "?" : ""}: ${type};`;
}

function methodText(method: Method, all: readonly Method[]): string[] {
  const { name, kind } = method;
  const call: Callable = method.functionDef ?? { params: [], ...method };
  const type = call.returnType ? typeText(call.returnType) : "void";
  if (kind === "setter") {
    const param = call.params[0];
    return param?.tsType ? [`set ${name}(${paramsText(call.params)});`] : [];
  }
  if (kind !== "getter") return [`${name}${callText(call)};`];
  const setter = all.find((other) => other.name === name && other.kind === "setter");
  return [setter ? `get ${name}(): ${type};` : `readonly ${name}: ${type};`];
}

function callText({ params, returnType, typeParams }: Callable): string {
  const type = returnType ? typeText(returnType) : "void";
  return `${typeParamsText(typeParams)}(${paramsText(params)}): ${type}`;
}

function typeParamsText(params: readonly TypeParam[] = []): string {
  const texts = params.map((param) => {
    const constraint = param.constraint ? ` extends ${typeText(param.constraint)}` : "";
    return `${param.name}${constraint}${param.default ? ` = ${typeText(param.default)}` : ""}`;
  });
  return texts.length > 0 ? `<${texts.join(", ")}>` : "";
}

function listed(types: readonly Type[] = []): string {
  return types.length > 0 ? `<${types.map(typeText).join(", ")}>` : "";
}

function block(head: string, members: Members): string {
  const lines = memberLines(members);
  return lines.length === 0 ? `${head} {}` : `${head} {\n  ${lines.join("\n  ")}\n}`;
}
