// Fewer elements for the same formula: a phone takes most of its time for a page with making and styling them.
// Letters and lines are where KaTeX has them (tests/browser/test_formulas.py); katex_lighter.css belongs to this.

// Kinds of TeX's atoms, for which the stylesheet has no rule: the names go, and spans that are left with nothing, but not
// where it has rules for whatever is within an element.
const KINDS = new Set(["mord", "mop", "mbin", "mrel", "mopen", "mclose", "mpunct", "minner", "mtight"]);
const ROOMS = new Set(["katex-base", "katex-sizing"]);
// Within these elements of MathML a row goes without saying.
const ROWS = new Set(["math", "mstyle", "mtd", "msqrt", "mpadded", "mphantom", "menclose"]);
const STRUT = 3; // em: the height of the strut that the stylesheet gives to each part of a stack

// Commutative diagrams have labels that stand where they do because of the height of what is beside them.
const usesHeights = ({classes, children}) => classes?.some(name => name.startsWith("cd-")) || children?.some(usesHeights);

function lighten(node) {
  node.children?.forEach(lighten);
  if (node.type) lightenMathML(node);
  else if (node.classes) lightenHTML(node);
}

function lightenHTML(node) {
  const isAtom = node.classes.some(name => KINDS.has(name));
  node.classes = node.classes.filter(name => name && !KINDS.has(name));
  if (has(node.children?.[0], "vlist-r")) unpackStack(node);
  if (has(node, "msupsub") || has(node, "mfrac")) becomeStack(node);
  if (node.children?.length === 3 && has(node.children[1], "mfrac")) joinDelimiters(node);
  if (node.children && (isAtom && !node.classes.length || node.classes.some(name => ROOMS.has(name)))) {
    node.children = node.children.flatMap(contents);
  }
}
const has = (node, name) => node?.classes?.includes(name);
const contents = node => isBare(node) ? node.children.flatMap(contents) : [node];
const isBare = ({classes, children, style, attributes}) =>
  children && classes?.length === 0 && !Object.keys({...style, ...attributes}).length;

// A stack is a table of one cell, whose second row is there for its depth; the height and the depth of the whole formula
// are those of its struts. It becomes a box without height at the baseline, from which its parts are moved.
function unpackStack(stack) {
  stack.classes = ["vlist-t", "stack"];
  stack.children = stack.children[0].children[0].children;
  for (const part of stack.children) {
    const [strut, content] = part.children, height = parseFloat(strut.style.height);
    part.children = height > STRUT ? [strut, content] : [content];
    part.style.top = sum(part.style.top, Math.min(height - STRUT, 0));
    if (isBare(content) && content.children.length === 1) part.children.splice(-1, 1, ...content.children);
  }
}
const sum = (length, more) => `${+(parseFloat(length) + more).toFixed(4)}em`;

// The only thing in an element is a stack: they are one. A script alone is only moved.
function becomeStack(node) {
  const {children: parts} = node.children[0];
  if (has(node, "msupsub") && parts.length === 1) {
    const [{children, style}] = parts, strut = has(children[0], "pstrut") ? parseFloat(children[0].style.height) : STRUT;
    node.style = {...style, top: sum(style.top, strut)};
    node.children = children.slice(-1);
  } else {
    node.classes.push("stack");
    node.children = parts;
  }
}

// A fraction has room on its sides, or delimiters.
function joinDelimiters(node) {
  const [left, fraction, right] = node.children;
  const areRoom = [left, right].every(({classes}) => classes.join() === "nulldelimiter");
  if (areRoom) node.children = [fraction];
  else fraction.style.margin = "0";
}

function lightenMathML(node) {
  const {children, type} = node;
  if (ROWS.has(type) && children.length === 1 && isRow(children[0])) node.children = children[0].children;
  else node.children = children.map(child => isRow(child) && isElement(child.children) ? child.children[0] : child);
}
const isRow = ({type, attributes}) => type === "mrow" && !Object.keys(attributes).length;
const isElement = children => children.length === 1 && Boolean(children[0].type); // fragments are several

function setFormula(tex, displayMode, macros) {
  const options = {displayMode, macros: JSON.parse(macros), output: "htmlAndMathml",
    trust: context => context.command === "\\htmlId", strict: code => code === "htmlExtension" ? "ignore" : "error"};
  try {
    const tree = katex.__renderToDomTree(tex, options);
    if (!usesHeights(tree)) lighten(tree);
    return JSON.stringify({html: tree.toMarkup()});
  } catch (error) {
    if (!(error instanceof katex.ParseError)) throw error;
    return JSON.stringify({message: error.rawMessage, position: error.position});
  }
}
