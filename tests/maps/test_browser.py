"""The page in a real browser without a network. Needs plotly, selenium, and Chromium with its driver."""

import shutil
import time

import pytest
from maps_support import HOSTILE, hostile_store

from w2v.maps.page import plotly_code, write_page
from w2v.maps.word_map import make_map

pytest.importorskip("plotly", reason="the page is drawn by plotly")
webdriver = pytest.importorskip("selenium.webdriver", reason="the extra browser is not installed")
CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("there is no Chromium with its driver here", allow_module_level=True)

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--window-size=1280,800",
]  # fmt: skip


@pytest.fixture(scope="module")
def store():
    return hostile_store()


@pytest.fixture(scope="module")
def page(store, tmp_path_factory):
    """Two models side by side: what holds for them holds for one."""
    other = hostile_store()
    other.vectors[:] = -other.vectors[:, ::-1]
    labels = {"word20": "<i>x</i>", "word21": "y"}
    one = make_map(store, "one", layout="pca", n_clusters=4, labels=labels, max_words=50)
    path = tmp_path_factory.mktemp("browser") / "map.html"
    write_page(path, [one, make_map(other, "two", layout="pca", n_clusters=4, labels=labels)], plotly_code())
    return path


@pytest.fixture(scope="module")
def driver(page, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    driver.get(page.as_uri())
    until(lambda: driver.execute_script("return document.documentElement.dataset.paintedMs"))
    yield driver
    driver.quit()


@pytest.fixture(autouse=True)
def nothing_chosen(driver):
    driver.execute_script("document.activeElement.blur()")
    keys(driver, "\ue00c")  # Escape
    yield
    severe = [line for line in driver.get_log("browser") if line["level"] == "SEVERE"]
    assert not severe and driver.switch_to.active_element  # no alert is open either


def until(told, seconds=60):
    """What a function says, as soon as it says something."""
    end = time.monotonic() + seconds
    while not (found := told()):
        assert time.monotonic() < end, "the page does not come to it"
        time.sleep(0.05)
    return found


def keys(driver, text):
    webdriver.ActionChains(driver).send_keys(text).perform()


def enter(driver, word):
    """Put a word into the search field, as pasting does, and press Enter."""
    script = """const input = document.querySelector('#search input');
        input.value = arguments[0];
        input.dispatchEvent(new Event('input'));
        input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));"""
    driver.execute_script(script, word)


def chosen(driver):
    return driver.execute_script("return document.querySelector('#word h2')?.textContent")


def shown(driver):
    """The first and the last x on the first map."""
    return driver.execute_script("return document.querySelector('.plot')._fullLayout.xaxis.range")


def neighbours(driver, m=0):
    """(word, cosine) as the page shows them."""
    script = """const column = document.querySelectorAll('#word .columns > div')[arguments[0]];
        return [...column.querySelectorAll('.near button')].map((b) => [...b.children].map((c) => c.textContent))"""
    return [tuple(pair) for pair in driver.execute_script(script, m)]


def told_by_nn(store, word):
    return [(key, f"{cosine:.4f}") for key, cosine in store.most_similar(word, topn=10)]


def test_it_opens_without_a_network_and_asks_for_nothing(driver):
    assert driver.execute_script("return document.querySelectorAll('.plane .gl-container canvas').length") >= 2
    loaded = driver.execute_script("return performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [name for name in loaded if not name.startswith(("blob:", "data:"))]
    sent = [line["message"] for line in driver.get_log("performance") if "requestWillBeSent" in line["message"]]
    assert not [line for line in sent if '"url":"http' in line]


def test_search_by_keys_finds_a_word_and_shows_what_nn_gives(driver, store):
    keys(driver, "/")
    keys(driver, "word2")
    assert driver.execute_script("return document.querySelector('.choices li').textContent") == "word20"
    keys(driver, "\ue007")  # Enter takes the commonest
    expected = told_by_nn(store, "word20")
    assert chosen(driver) == "word20" and neighbours(driver) == expected
    lines = driver.execute_script("return document.querySelector('.plane').querySelectorAll('line').length")
    assert lines == sum(store.get_index(word) < 50 for word, _ in expected)
    assert len(neighbours(driver, 1)) == 10 and "<i>x</i>" in driver.find_element("css selector", "#word .facts").text


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_breaks_the_page(driver, store, word):
    enter(driver, word)
    if word not in ("a\tb", "new\nline"):  # a field of one line takes no such signs
        assert chosen(driver) == word and neighbours(driver) == told_by_nn(store, word)
    assert driver.execute_script("return document.querySelectorAll('img, #planes b, #planes i').length") == 0


def test_a_click_on_a_point_chooses_its_word(driver, store):
    enter(driver, "word33")
    until(lambda: driver.execute_script("return document.querySelector('.plane circle.chosen') !== null"))
    time.sleep(0.5)  # the view moves
    x, y = driver.execute_script(
        """const circle = document.querySelector('.plane circle.chosen'), box = circle.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2]"""
    )
    keys(driver, "\ue00c")
    assert chosen(driver) is None
    action = webdriver.ActionChains(driver)
    action.w3c_actions.pointer_action.move_to_location(int(x), int(y))
    action.w3c_actions.pointer_action.click()
    action.perform()
    assert until(lambda: chosen(driver)) == "word33" and neighbours(driver) == told_by_nn(store, "word33")


def test_a_neighbour_that_is_not_on_the_map_says_so(driver, store):
    near = {word: [other for other, _ in store.most_similar(word, topn=10)] for word in store.index_to_key[20:50]}
    enter(driver, next(word for word, others in near.items() if any(store.get_index(one) >= 50 for one in others)))
    driver.execute_script("document.querySelector('#word .columns > div .near .away').closest('button').click()")
    assert "rare word that is not on the map" in driver.find_element("css selector", "#word").text
    assert len(neighbours(driver, 1)) == 10  # the other map has it


def test_analogies_are_those_of_the_model(driver, store):
    words = ["word20", "word24", "word21"]
    for name, word in zip("abc", words, strict=True):
        driver.execute_script(
            "document.querySelector(`#analogy [name=${arguments[0]}]`).value = arguments[1]", name, word
        )
    driver.execute_script("document.querySelector('#analogy form').requestSubmit()")
    script = """return [...document.querySelectorAll('#analogy ol')].map(
        (list) => [...list.querySelectorAll('.name')].map((name) => name.textContent))"""
    answers = until(lambda: driver.execute_script(script))
    a, b, c = words
    expected = [word for word, _ in store.most_similar([b, c], [a], topn=10, restrict_vocab=50)]
    assert len(set(answers[0]) & set(expected)) >= 9 and len(answers) == 2
    assert "approximate" in driver.find_element("css selector", "#analogy").text


def test_colours_light_and_dark_and_keys(driver):
    for way, n in (("frequency", 2), ("label", 3), ("cluster", 4)):
        driver.execute_script("""const by = document.querySelector('#by');
            by.value = arguments[0];
            by.dispatchEvent(new Event('change'))""", way)  # fmt: skip
        assert driver.execute_script("return document.querySelectorAll('.legend li').length") == n
    driver.execute_script("document.querySelector('.legend button').click()")
    assert (
        driver.execute_script("return document.querySelector('.legend button').getAttribute('aria-pressed')") == "true"
    )
    before = driver.execute_script("return document.documentElement.dataset.theme")
    driver.find_element("id", "theme").click()
    assert {before, driver.execute_script("return document.documentElement.dataset.theme")} == {"light", "dark"}
    driver.execute_script("document.activeElement.blur()")
    keys(driver, "0")
    whole = until(lambda: shown(driver))
    keys(driver, "+")
    zoomed = until(lambda: shown(driver) if shown(driver) != whole else None)
    assert zoomed[1] - zoomed[0] == pytest.approx((whole[1] - whole[0]) / 1.5, rel=0.01)
    keys(driver, "\ue014")  # right
    assert until(lambda: shown(driver) if shown(driver) != zoomed else None)[0] > zoomed[0]


def test_two_fingers_zoom_about_the_point_between_them(driver):
    keys(driver, "0")
    whole = until(lambda: shown(driver))
    left, top, width, height = driver.execute_script(
        "const b = document.querySelector('.plane').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]"
    )
    x, y = left + width / 2, top + height / 2

    def touch(kind, *places):
        points = [{"x": place, "y": y, "id": finger} for finger, place in enumerate(places)]
        driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        touch("touchStart", x - 40)
        touch("touchStart", x - 40, x + 40)
        for apart in (50, 60, 70, 80):
            touch("touchMove", x - apart, x + apart)
        touch("touchEnd")
        zoomed = until(lambda: [x for x in [shown(driver)] if x[1] - x[0] < 0.6 * (whole[1] - whole[0])])[0]
    finally:
        driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert zoomed[1] - zoomed[0] == pytest.approx((whole[1] - whole[0]) / 2, rel=0.02)
    assert sum(zoomed) / 2 == pytest.approx(sum(whole) / 2, abs=0.02 * (whole[1] - whole[0]))
    assert chosen(driver) is None
    assert driver.execute_script("return [visualViewport.scale, scrollX, scrollY]") == [
        1,
        0,
        0,
    ]  # the map, not the page
    # Chromium notes that Plotly could not cancel the end of a made touch; any other message counts
    assert {line["source"] for line in driver.get_log("browser") if line["level"] == "SEVERE"} <= {"intervention"}


def test_the_run_card_of_each_model(driver):
    script = "return [...document.querySelectorAll('#cards details')].map((card) => card.textContent)"
    first, second = driver.execute_script(script)
    assert "How one was trained" in first and "layoutpca" in first and "How two was trained" in second


def test_a_phone_shows_all_in_its_width(driver):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert driver.execute_script("return document.documentElement.scrollWidth") == 390
        boxes = driver.execute_script(
            "return ['header', '.plane', 'aside'].map((one) => document.querySelector(one).getBoundingClientRect())"
        )
        assert all(box["width"] == 390 and box["height"] > 40 for box in boxes)
        assert boxes[0]["bottom"] <= boxes[1]["top"] <= boxes[2]["top"] < 844
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
