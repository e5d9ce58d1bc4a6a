// The page: asks /search, shows the answer, and how the question was read. Text goes into the document as text alone.

const $ = (id) => document.getElementById(id);
const MODES = { hybrid: "Both", psq: "Words", dense: "Meaning", bm25: "Words, untranslated" };
const HOW = {
  "table": "found in the translation table",
  "stop word": "stands for words that every text has; it is left out",
  "number": "stands for itself",
  "compound": "read as its two parts",
  "stem": "not in the table as it stands, but without its ending, or by its beginning",
  "name": "not in the table: a name, as the passages spell it",
  "itself": "not in the table: taken for a name, or for a word that both languages share",
};
let languages = {};
let latest = 0;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function fetchJson(address, options) {
  let reply;
  try {
    reply = await fetch(address, options);
  } catch {
    throw new Error("The service does not answer. Is it running?");
  }
  const content = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(content.error || `The service answers with an error (${reply.status}).`);
  return content;
}

// What is asked

async function prepare() {
  const known = await fetchJson("languages");
  for (const language of known.languages) {
    languages[language.code] = language;
    $("language").append(make("option", { value: language.code }, nameOf(language.code)));
  }
  $("languages").textContent = known.languages.map((language) => language.name).join(", ");
  const shown = known.modes.filter((mode) => mode !== "bm25");
  for (const mode of shown) {
    const input = make("input", { type: "radio", name: "mode", value: mode, checked: mode === shown[0] });
    $("modes").append(make("label", {}, input, make("span", {}, MODES[mode])));
  }
  $("modes").hidden = shown.length < 2;
}

function nameOf(code) {
  const { name, tag } = languages[code] || { name: code };
  let own = "";
  try {
    own = new Intl.DisplayNames([tag], { type: "language", fallback: "none" }).of(tag) || "";
  } catch { /* a browser without that language */ }
  return own && own.toLowerCase() !== name.toLowerCase() ? `${name} · ${own}` : name;
}

function chosenMode() {
  return document.querySelector("[name=mode]:checked")?.value || null;
}

function readAddress() {
  const asked = new URLSearchParams(location.search);
  $("q").value = asked.get("q") || "";
  $("language").value = asked.get("language") || "";
  const mode = document.querySelector(`[name=mode][value="${CSS.escape(asked.get("mode") || "")}"]`);
  if (mode) mode.checked = true;
  return Boolean(asked.get("q"));
}

function writeAddress() {
  const asked = new URLSearchParams({ q: $("q").value });
  if ($("language").value) asked.set("language", $("language").value);
  if (chosenMode()) asked.set("mode", chosenMode());
  // A question too long to be answered would make an address too long to be served.
  if ($("q").value.length < 2000) history.pushState(null, "", `?${asked}`);
}

async function ask() {
  const query = $("q").value;
  const own = ++latest;
  document.querySelector("main").setAttribute("aria-busy", "true");
  $("problem").hidden = true;
  try {
    const answer = await fetchJson("search", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, k: 10, language: $("language").value || null, mode: chosenMode() }),
    });
    if (own === latest) show(answer);
  } catch (error) {
    if (own === latest) showProblem(error.message);
  } finally {
    if (own === latest) document.querySelector("main").removeAttribute("aria-busy");
  }
}

// What is shown

function show(answer) {
  document.body.classList.add("asked");
  document.title = `${answer.query} – Ask`;
  const { name = answer.language } = languages[answer.language] || {};
  $("language").options[0].text = $("language").value ? "Find out" : `Detected: ${nameOf(answer.language)}`;
  const count = answer.hits.length;
  $("status").textContent = count
    ? `${count} ${count === 1 ? "passage" : "passages"}, the question read as ${name}.`
    : `No passage was found, the question read as ${name}.`;
  if (answer.doubt) $("status").textContent += ` But it ${answer.doubt}: please choose its language.`;
  showReading(answer);
  showHits(answer);
}

function showProblem(sentence) {
  document.body.classList.add("asked");
  $("status").textContent = "";
  $("problem").textContent = sentence.charAt(0).toUpperCase() + sentence.slice(1) + (/[.?!]$/.test(sentence) ? "" : ".");
  $("problem").hidden = false;
  $("reading").hidden = $("answer").hidden = true;
}

function showReading(answer) {
  const { tag = "", direction = "ltr" } = languages[answer.language] || {};
  $("reading").hidden = !answer.words.length;
  $("meanings").replaceChildren();
  $("words").lang = tag;
  $("words").dir = direction;
  $("words").replaceChildren(...answer.words.map((word) => {
    const best = word.translations[0];
    const button = make("button", { type: "button", className: best ? "" : "silent" },
      make("b", {}, word.word), make("i", { lang: "en", dir: "ltr" }, best ? best.english : "–"));
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", "meanings");
    button.addEventListener("mouseenter", () => open(button, word, tag));
    button.addEventListener("focus", () => open(button, word, tag));
    button.addEventListener("click", () => open(button, word, tag));
    return make("li", {}, button);
  }));
}

function open(button, word, tag) {
  for (const other of document.querySelectorAll("#words button")) other.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-expanded", "true");
  const rows = word.translations.map(({ english, probability }) => {
    const percent = `${Math.round(100 * probability)} %`;
    const share = make("span", { className: "share" });
    share.style.setProperty("--p", probability);
    return make("tr", {}, make("th", { scope: "row", lang: "en" }, english), make("td", {}, share), make("td", {}, percent));
  });
  const said = make("p", {}, make("b", { lang: tag, dir: "auto" }, word.word), ` – ${HOW[word.how] || word.how}${word.reading ? `: ${word.reading}` : ""}`);
  $("meanings").replaceChildren(said, ...(rows.length ? [make("table", {}, make("tbody", {}, ...rows))] : []));
  for (const mark of document.querySelectorAll("mark")) mark.classList.toggle("same", mark.dataset.word === word.word);
}

function showHits(answer) {
  const { tag = "" } = languages[answer.language] || {};
  const foreign = answer.language !== "eng";
  const sides = answer.mode === "hybrid" ? ["words", "meaning"] : [];
  $("hits").replaceChildren(...answer.hits.map((hit) => {
    const item = $("hit").content.cloneNode(true).firstElementChild;
    item.querySelector("h3").append(...(hit.title ? marked(hit.title, hit.title_marks, "") : [hit.docid]));
    const text = item.querySelector(".text");
    text.append(...marked(hit.text, hit.text_marks, foreign && tag));
    if (!hit.text) text.append("The index does not store the text of this passage.");
    if (hit.text.length > 700) fold(item, text);
    item.querySelector(".why").append(
      make("span", {}, `score ${hit.score.toFixed(3)}`),
      ...sides.map((side) => {
        const found = hit.found_by[side];
        return make("span", { className: `side ${side}${found ? "" : " absent"}` },
          found ? `${side} ${ordinal(found.rank)}` : `not found by ${side}`);
      }),
      make("span", {}, hit.docid),
    );
    return item;
  }));
  $("answer").hidden = !answer.hits.length;
  document.querySelector(".switch").hidden = !foreign;
}

function marked(text, marks, tag) {
  const letters = Array.from(text); // marks count code points
  const parts = [];
  let end = 0;
  for (const mark of marks) {
    parts.push(letters.slice(end, mark.start).join(""));
    const word = letters.slice(mark.start, mark.end).join("");
    const element = make("mark", { title: mark.word }, word);
    element.dataset.word = mark.word;
    element.style.setProperty("--p", mark.probability);
    const same = word.toLowerCase().startsWith(mark.word); // a name needs no gloss
    parts.push(tag && !same ? gloss(element, mark.word, tag) : element);
    end = mark.end;
  }
  parts.push(letters.slice(end).join(""));
  return parts;
}

function gloss(element, word, tag) {
  return make("ruby", {}, element, make("rp", {}, " ("), make("rt", { lang: tag, dir: "auto" }, make("span", {}, word)), make("rp", {}, ")"));
}

function fold(item, text) {
  item.firstElementChild.classList.add("long");
  const button = make("button", { type: "button", className: "more" }, "Read on");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const open = item.firstElementChild.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Less" : "Read on";
  });
  text.after(button);
}

function ordinal(number) {
  const suffix = { one: "st", two: "nd", few: "rd", other: "th" };
  return `${number}${suffix[new Intl.PluralRules("en", { type: "ordinal" }).select(number)]}`;
}

// What is done

$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  writeAddress();
  ask();
});
$("ask").addEventListener("change", (event) => {
  if (event.target.id !== "q" && $("q").value.trim()) {
    writeAddress();
    ask();
  }
});
$("q").addEventListener("input", () => { $("language").options[0].text = "Find out"; });
$("gloss").addEventListener("change", () => $("hits").classList.toggle("glossed", $("gloss").checked));
$("hits").classList.toggle("glossed", $("gloss").checked);
addEventListener("popstate", () => (readAddress() ? ask() : location.reload()));
addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea")) {
    event.preventDefault();
    $("q").focus();
  }
});

prepare().then(() => (readAddress() ? ask() : $("q").focus()), (error) => showProblem(error.message));
