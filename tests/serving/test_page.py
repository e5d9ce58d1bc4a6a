"""The page in a real browser, as its users meet it."""

import shutil

import pytest

from tests.searcher.conftest import TOPICS, asked  # noqa: F401
from tests.serving.conftest import service  # noqa: F401

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver import ActionChains
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1000,900"]


@pytest.fixture(scope="module")
def browser():
    chromium, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if not (chromium and driver):
        pytest.skip("chromium and chromedriver are not on PATH: the page is not looked at in a browser")
    options = Options()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(flag)
    opened = webdriver.Chrome(options=options, service=Driver(driver))
    yield opened
    opened.quit()


@pytest.fixture
def page(browser, service):  # noqa: F811
    browser.get(service.address + "/")
    wait(browser, lambda: len(all_of(browser, "#language option")) > 5)
    return browser


def wait(browser, condition):
    return WebDriverWait(browser, 60, poll_frequency=0.05).until(lambda _: condition())


def all_of(browser, selector):
    return browser.find_elements(By.CSS_SELECTOR, selector)


def text_of(browser, selector):
    return browser.execute_script("return document.querySelector(arguments[0])?.innerText", selector)


def ask(browser, question):
    """Type a question, press Enter, and wait for what comes of it."""
    browser.execute_script("document.title = 'waiting'; document.getElementById('problem').hidden = true")
    box = browser.find_element(By.ID, "q")
    box.clear()
    if question.isascii() and len(question) < 200:
        box.send_keys(question + Keys.ENTER)
    else:  # the driver cannot type what lies beyond the basic plane
        browser.execute_script("arguments[0].value = arguments[1]; arguments[0].form.requestSubmit()", box, question)
    wait(browser, lambda: browser.title != "waiting" or browser.find_element(By.ID, "problem").is_displayed())


def test_a_question_is_asked_read_and_corrected(page):
    ask(page, TOPICS["1"])
    assert text_of(page, "#hits h3") in ("Nairobi", "Kenya")
    assert "capital" in [mark.text for mark in all_of(page, "#hits mark")]
    assert "read as Swahili" in text_of(page, "#status")
    assert text_of(page, "#language option").startswith("Detected: Swahili")
    assert text_of(page, "#hits rt") is not None

    word = next(button for button in all_of(page, "#words button") if button.text.startswith("mji"))
    ActionChains(page).move_to_element(word).perform()
    wait(page, lambda: "city" in text_of(page, "#meanings"))
    assert "%" in text_of(page, "#meanings")
    assert "city" in [mark.text for mark in all_of(page, "mark.same")]
    assert word.get_attribute("aria-expanded") == "true"

    Select(page.find_element(By.ID, "language")).select_by_value("som")
    wait(page, lambda: "read as Somali" in text_of(page, "#status"))
    assert "language=som" in page.current_url
    page.back()
    wait(page, lambda: "read as Swahili" in text_of(page, "#status"))


def test_words_meaning_or_both(page):
    ask(page, TOPICS["2"])
    assert {each.text.split()[0] for each in all_of(page, ".side")} >= {"words", "meaning"}
    assert [each.text for each in all_of(page, "#modes span")] == ["Both", "Words", "Meaning"]
    for mode in ("psq", "dense"):
        page.find_element(By.CSS_SELECTOR, f"[name=mode][value={mode}]").click()
        wait(page, lambda mode=mode: f"mode={mode}" in page.current_url and not all_of(page, ".side"))
        wait(page, lambda: not all_of(page, "main[aria-busy]"))
        assert text_of(page, "#hits h3") == "Lake Victoria"
    assert not page.find_element(By.ID, "reading").is_displayed()  # no word is looked up for its meaning


def test_an_address_is_an_answer(page, service):  # noqa: F811
    page.get(f"{service.address}/?q=daktari+hutibu+malaria&mode=psq&language=swa")
    wait(page, lambda: all_of(page, "#hits li"))
    assert text_of(page, "#hits h3") == "Malaria"
    assert Select(page.find_element(By.ID, "language")).first_selected_option.get_attribute("value") == "swa"


@pytest.mark.parametrize(
    "question", ["asdf qwerty zxcv", "\U0001f642", "<script>window.hurt = 1</script>", "<img src=x onerror=hurt=1>"]
)
def test_odd_questions_do_no_harm(page, question):
    ask(page, question)
    assert not page.find_element(By.ID, "problem").is_displayed()
    assert "question read as" in text_of(page, "#status")
    assert page.execute_script("return window.hurt") is None
    assert all_of(page, "main script, main img[src=x]") == []


def test_a_question_too_long_is_told_so(page):
    ask(page, "x" * 10_000)
    assert "The question has 10,000 characters" in text_of(page, "#problem")
    assert not page.find_element(By.ID, "answer").is_displayed()
    ask(page, TOPICS["1"])
    assert not page.find_element(By.ID, "problem").is_displayed()


def test_it_can_be_used_by_keyboard_alone(page):
    page.find_element(By.CSS_SELECTOR, "body").send_keys("/")
    assert page.switch_to.active_element.get_attribute("id") == "q"
    page.switch_to.active_element.send_keys(TOPICS["1"] + Keys.ENTER)
    wait(page, lambda: all_of(page, "#words button"))
    for _ in range(12):
        page.switch_to.active_element.send_keys(Keys.TAB)
        if page.switch_to.active_element.get_attribute("aria-controls") == "meanings":
            break
    wait(page, lambda: text_of(page, "#meanings"))
    unnamed = page.execute_script(
        "return [...document.querySelectorAll('input, select, button, a')].filter(e => e.checkVisibility() && "
        "!(e.labels?.length || e.innerText?.trim() || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_it_fits_a_telephone_and_runs_right_to_left(page):
    try:
        page.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride", {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
        )
        ask(page, TOPICS["1"])
        assert page.execute_script("return document.documentElement.scrollWidth") <= 360
        page.execute_script("document.documentElement.dir = 'rtl'")
        assert page.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_nothing_comes_from_elsewhere_and_nothing_is_complained_of(page, service):  # noqa: F811
    ask(page, TOPICS["1"])
    loaded = page.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded
    assert all(name.startswith(service.address) for name in loaded)
    said = [entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in said if "/search - Failed to load" not in message] == []


def test_the_interface_is_described(page, service):  # noqa: F811
    page.get(f"{service.address}/docs")
    wait(page, lambda: "POST /search" in (text_of(page, "#paths") or ""))
