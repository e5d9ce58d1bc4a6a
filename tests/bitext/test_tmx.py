import pytest

from pyserini_optical.bitext import Faults, Pair, read_bitext
from pyserini_optical.errors import OpticalError
from tests.bitext.test_readers import texts, write

TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header srclang="en"/><body>
<tu><tuv xml:lang="en-US"><seg>clean <hi>water</hi> &amp; air</seg></tuv>
<tuv xml:lang="sw"><seg>maji safi</seg></tuv><tuv xml:lang="fr"><seg>eau</seg></tuv></tu>
<tu><tuv xml:lang="EN"><seg>fire</seg></tuv><tuv xml:lang="fr"><seg>feu</seg></tuv></tu>
</body></tmx>"""
GOOD = '<tu><tuv xml:lang="en"><seg>good</seg></tuv><tuv xml:lang="sw"><seg>nzuri</seg></tuv></tu>'


def unit(english, swahili="maji", tags=("en", "sw")):
    sides = zip(tags, (english, swahili), strict=True)
    return "<tu>" + "".join(f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>' for tag, text in sides) + "</tu>"


def memory(*units, encoding="UTF-8", prolog=""):
    lines = "\n".join(units)
    return f'<?xml version="1.0" encoding="{encoding}"?>{prolog}<tmx version="1.4"><body>\n{lines}\n</body></tmx>\n'


@pytest.mark.parametrize("chunk", [7, 1 << 16])
def test_tmx(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr("pyserini_optical.bitext.tmx.CHUNK", chunk)
    path = write(tmp_path / "a.tmx.gz", TMX)
    faults = Faults("skip")
    pairs = list(read_bitext(path, language="swa", faults=faults))
    assert pairs == [Pair("clean water & air", "maji safi", "a.tmx.gz", 5)]
    assert faults.count == 1
    with pytest.raises(
        OpticalError, match=r"a\.tmx\.gz:6: the unit's languages are EN, fr, but eng and swa are needed"
    ):
        list(read_bitext(path, language="swa"))


@pytest.mark.parametrize(
    "tags",
    [
        ("eng", "swa"),
        ("en_US", "sw_KE"),
        ("en-Latn-US", "sw-Latn"),
        ("English", "Swahili"),
        ("EN-gb", "SWH"),
        ("eng_Latn", "swh_Latn"),
    ],
)
def test_languages_in_any_spelling(tmp_path, tags):
    assert texts(write(tmp_path / "a.tmx", memory(unit("water", "maji", tags)))) == [("water", "maji")]


@pytest.mark.parametrize(
    ("tag", "language"),
    [("km", "khm"), ("ne", "npi"), ("om", "orm"), ("zh-Hans", "zho"), ("fil", "tgl"), ("ti", "tir")],
)
def test_two_letter_tags_of_any_language(tmp_path, tag, language):
    assert texts(write(tmp_path / "a.tmx", memory(unit("water", "x", ("en", tag)))), language) == [("water", "x")]


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        ('<bpt i="1">{\\b </bpt>clean<ept i="1">}</ept> water', "clean water"),
        ('<bpt i="1">&lt;a href="x"&gt;</bpt>clean<ept i="1">&lt;/a&gt;</ept> water', "clean water"),
        ("c<it pos='begin'>{\\i </it>lean <hi>water</hi>", "clean water"),
        ("clean<ph x='1'/>water", "clean water"),
        ("clean <ph><sub>not this</sub> {0}</ph>water", "clean water"),
        ("<ut>{\\f1 </ut>clean water", "clean water"),
        ("clean <hi>wa<hi>ter</hi></hi>", "clean water"),
        ("clean&nbsp;water caf&eacute;s", "clean water cafés"),
        ("rock & roll &amp; R&D", "rock & roll & R&D"),
        ("clean &#x1F; wa&#0;ter", "clean water"),
        ("clean \x0b water", "clean water"),
        ("smile &#xD83D;&#xDE00; &#128512;", "smile 😀 😀"),
        ("<![CDATA[a < b & c]]>", "a < b & c"),
        ("clean\n   water", "clean water"),
        ("clean <!-- dirty --> water", "clean water"),
        ("&lt;tu&gt; is a tag", "<tu> is a tag"),
        ("&amp;quot;clean&amp;quot; water", '"clean" water'),
    ],
)
def test_a_segment_is_its_text_without_code(tmp_path, segment, text):
    assert texts(write(tmp_path / "a.tmx", memory(unit(segment), GOOD))) == [(text, "maji"), ("good", "nzuri")]


def test_declared_entities_are_read_and_none_expands_another(tmp_path):
    prolog = '<!DOCTYPE tmx [<!ENTITY nbsp "&#160;"><!ENTITY co "Maji Ltd"><!ENTITY b "&co;&co;">]>'
    path = write(tmp_path / "a.tmx", memory(unit("clean&nbsp;water of &co;"), unit("&b;"), GOOD, prolog=prolog))
    with pytest.raises(OpticalError, match=r"a\.tmx:3: the unit is not XML \(undefined entity\)"):
        texts(path)
    assert texts(path, faults=Faults("skip"))[0] == ("clean water of Maji Ltd", "maji")


def test_a_damaged_unit_costs_itself(tmp_path):
    damaged = [
        unit("<b>clean</i>"),
        "<tu><tuv xml:lang='en'><seg>never closed</seg></tuv>",
        "<tu><tuv><seg>no language</seg></tuv><tuv xml:lang='sw'><seg>x</seg></tuv></tu>",
        unit("&#xD83D; alone"),
        unit("&nothing;"),
    ]
    faults = Faults("skip")
    path = write(tmp_path / "a.tmx", memory(*(part for each in damaged for part in (each, GOOD))))
    assert texts(path, faults=faults) == [("good", "nzuri")] * len(damaged)
    assert faults.count == len(damaged)


@pytest.mark.parametrize(
    ("declared", "written", "text"),
    [
        ("ISO-8859-1", "latin-1", "café"),
        ("ISO-8859-1", "cp1252", "it’s"),
        ("windows-1252", "cp1252", "it’s café"),
        ("GB2312", "gb2312", "好的"),
        ("Shift_JIS", "shift_jis", "良い"),
        ("KOI8-R", "koi8-r", "вода"),
        ("UTF-16", "utf-16", "पाणी"),
        ("UTF-16", "utf-16-le", "पाणी"),
        ("UTF-16", "utf-16-be", "पाणी"),
        ("UTF-16", "utf-8", "पाणी"),  # declared, but written otherwise
        ("UTF-32", "utf-32", "पाणी"),
        ("UTF-8", "utf-8-sig", "पाणी"),
    ],
)
@pytest.mark.parametrize("name", ["a.tmx", "a.tmx.gz"])
def test_encodings(tmp_path, name, declared, written, text):
    path = write(tmp_path / name, memory(unit("water", text), encoding=declared), written)
    assert texts(path) == [("water", text)]


def test_a_byte_of_another_encoding_costs_its_unit(tmp_path):
    path = write(tmp_path / "a.tmx", memory(unit("caf\u00e9"), GOOD), "latin-1")
    faults = Faults("skip")
    assert texts(path, faults=faults) == [("good", "nzuri")]
    assert faults.count == 1
    with pytest.raises(OpticalError, match=r"a\.tmx:2: the unit contains a byte that is invalid in its encoding"):
        texts(path)


def test_an_unknown_encoding_is_named(tmp_path):
    for encoding in ("x-made-up", "rot13", "idna"):
        with pytest.raises(OpticalError, match="cannot be read in the encoding it declares"):
            texts(write(tmp_path / "a.tmx", memory(GOOD, encoding=encoding)))


def test_several_variants_are_kept_and_an_exact_tag_goes_first(tmp_path):
    tuv = '<tuv xml:lang="{}"><seg>{}</seg></tuv>'.format
    sides = [("en-US", "good"), ("pt-BR", "trem"), ("pt-PT", "comboio"), ("PT", "trens")]
    path = write(tmp_path / "a.tmx", memory(f"<tu>{''.join(tuv(*side) for side in sides)}</tu>"))
    assert texts(path, "por") == [("good", "trem"), ("good", "comboio"), ("good", "trens")]
    assert texts(path, "por", foreign="pt-br") == [("good", "trem")]


def test_as_many_variants_of_each_language_are_in_step(tmp_path):
    tuv = '<tuv xml:lang="{}"><seg>{}</seg></tuv>'.format
    sides = [("en", "good"), ("sw", "nzuri"), ("en", "water"), ("sw", "maji")]
    path = write(tmp_path / "a.tmx", memory(f"<tu>{''.join(tuv(*side) for side in sides)}</tu>"))
    assert texts(path) == [("good", "nzuri"), ("water", "maji")]


PUBLISHED = {
    # Of the kinds that stand in specifications, guides and test suites of others, with words of our own.
    "the specification": """<?xml version="1.0"?>
<!-- Example -->
<tmx version="1.4">
 <header creationtool="X" srclang="EN" o-tmf="Y" creationdate="20020101T163812Z" o-encoding="iso-8859-1">
  <note>A note.</note><prop type="RTFPreamble">{\\rtf1\\ansi\\tag etc...{\\fonttbl}</prop>
  <ude name="MacRoman" base="Macintosh"><map unicode="#xF8FF" code="#xF0" ent="Apple_logo" subst="[Apple]"/></ude>
 </header>
 <body>
  <tu
   tuid="0001"
   usagecount="2"
  >
   <note>A note.</note><prop type="x-Project">P&#x00E6;gasus</prop>
   <tuv
    xml:lang="EN"
    creationdate="19970212T153400Z"
   >
    <seg>caf&#xE9;</seg>
   </tuv>
   <tuv xml:lang="SW-KE" changeid="M"><prop type="Origin">MT</prop><seg>mkahawa</seg></tuv>
  </tu>
 </body>
</tmx>""",
    "notes of a text, over lines": """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">

<tmx version="1.4">
  <header o-tmf="TW4Win 2.0 Format" adminlang="EN-US" srclang="EN-GB" datatype="html">
    <prop type="key">value</prop>
    <note>a note of the file</note>
  </header>
  <body>
    <tu creationid="ALIGN!" creationdate="20020312T163221Z" srclang="en">
      <note>a note of the unit</note>
      <tuv xml:lang="SW">        <prop type="nr">1</prop>
        <note>a note of the text</note>
        <note>another</note>
        <seg>
        mkahawa </seg>   </tuv>

      <tuv xml:lang="EN-GB">
        <note>a note of the text</note> <seg>café
        </seg>
      </tuv>
    </tu>

  </body>
</tmx>""",
    "a header before 200 bytes": '<tmx version="1.4"><header srclang="en" o-encoding="iso-8859-1"/><body><tu>'
    '<tuv xml:lang="en"><seg>café</seg></tuv><tuv xml:lang="sw"><seg>mkahawa</seg></tuv></tu></body></tmx>',
    "a namespace, and two-sided code": '<tmx xmlns="http://www.lisa.org/tmx14" version="1.4b"><header/><body>'
    '<tu tuid="native" creationid="a"><prop type="x-Client">Keep</prop><tuv xml:lang="sw-TZ"><seg><ph x="2"/>'
    '<bpt i="7" x="bold">&lt;b&gt;</bpt>mkahawa<ept i="7">&lt;/b&gt;</ept></seg></tuv>'
    '<tuv xml:lang="en-US"><seg><bpt i="1"/>café<ept i="1"/><ph x="2">&lt;br/&gt;</ph></seg></tuv></tu></body></tmx>',
}


@pytest.mark.parametrize("kind", PUBLISHED)
def test_published_examples(tmp_path, kind):
    assert texts(write(tmp_path / "a.tmx", PUBLISHED[kind])) == [("café", "mkahawa")]


def test_prefixes_comments_attributes_and_what_follows_the_end(tmp_path):
    prefixed = GOOD.replace("<", "<t:").replace("<t:/", "</t:")
    old = '<tu tuid="1>2"><prop type="x">y</prop>' + GOOD[4:].replace("xml:", "").replace("good", "old")
    path = write(tmp_path / "a.tmx", memory(prefixed, f"<!-- {GOOD} -->", "<tu/>", old, unit("", "x")) + "\0\0\0 <junk")
    assert texts(path) == [("good", "nzuri"), ("old", "nzuri"), ("", "x")]


def test_a_file_cut_short_is_said(tmp_path):
    path = write(tmp_path / "a.tmx", TMX[:-60])
    with pytest.raises(OpticalError, match=r"a\.tmx:5: the file ends within a translation unit"):
        texts(path)
    assert texts(path, faults=Faults("skip")) == [("clean water & air", "maji safi")]


@pytest.mark.parametrize(
    "text", ["", "<html><body>404</body></html>", '<!DOCTYPE tmx [<!ENTITY a "ha">]><tmx>&a;</tmx>']
)
def test_what_is_no_memory_is_refused(tmp_path, text):
    with pytest.raises(OpticalError, match=r"a\.tmx: contains no translation unit"):
        texts(write(tmp_path / "a.tmx", text))
