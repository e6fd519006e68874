"""A stranger with a phone or a desktop: scan the code, see the verdict, check the file."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FileChooser,
    Page,
    Request,
    expect,
)
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from certs import pdffile
from tests.grounds.bureau import Papers, bureau
from tests.grounds.deposits import Deposited, deposit
from tests.grounds.gaps import need
from tests.grounds.samples import Samples
from tests.grounds.stack import RunningStack

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MOST_SENT = 1024
BIG = 24 * 1024 * 1024


@dataclass
class Visit:
    """A page and everything it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def asked(self, request: Request) -> None:
        self.requests.append(request)

    def heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def check(self, address: str) -> None:
        """No error, no foreign request, no body larger than a digest needs."""
        assert self.errors == []
        assert {
            request.url for request in self.requests if not request.url.startswith(address)
        } == set()
        assert all(len(request.post_data_buffer or b"") < MOST_SENT for request in self.requests)


@pytest.fixture(scope="module")
def done(
    stack: RunningStack, samples: Samples, tmp_path_factory: pytest.TempPathFactory
) -> Deposited:
    return deposit(stack, tmp_path_factory.mktemp("browser"), "月下", samples.photo, samples.music)


@pytest.fixture(scope="module")
def papers(stack: RunningStack) -> Papers:
    return bureau(stack).registered()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=request.param, reduced_motion="reduce")
    yield made
    made.close()


@pytest.fixture
def visit(context: BrowserContext, stack: RunningStack) -> Iterator[Visit]:
    page = context.new_page()
    seen = Visit(page)
    page.on("console", seen.heard)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", seen.asked)
    yield seen
    seen.check(stack.address)
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], "the page scrolls sideways"


def bare(text: str) -> str:
    return "".join(text.split())


def scanned(certificate: Path, folder: Path) -> str:
    """The address in the QR code of the certificate's first page."""
    program = need("pdftoppm", why="draws the certificate, so that its code can be scanned")
    options = ["-r", "150", "-png", "-l", "1"]
    subprocess.run([program, *options, certificate, folder / "page"], check=True)
    (drawn,) = folder.glob("page*.png")
    with Image.open(drawn) as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def drop(page: Page, place: str, name: str, data: list[int]) -> None:
    """Drop a file on the place as a mouse would."""
    page.eval_on_selector(
        place,
        """(zone, [name, data]) => {
            const held = new DataTransfer();
            held.items.add(new File([new Uint8Array(data)], name));
            for (const kind of ["dragenter", "dragover", "drop"]) {
                zone.dispatchEvent(
                    new DragEvent(kind, {dataTransfer: held, bubbles: true, cancelable: true}));
            }
        }""",
        [name, data],
    )


class TestScanning:
    def test_the_scanned_address_shows_the_verdict_and_that_it_is_a_sample(
        self, visit: Visit, done: Deposited, tmp_path: Path
    ) -> None:
        address = scanned(done.certificate, tmp_path)
        assert address == done.verify_url
        visit.page.goto(address)
        expect(visit.page.get_by_role("heading", name="有效 Valid")).to_be_visible()
        expect(visit.page.get_by_text("样本 SAMPLE")).to_be_visible()
        expect(visit.page.get_by_role("listitem").filter(has_text="上链")).to_be_visible()
        expect(visit.page.get_by_role("rowheader")).to_have_count(5)
        text = visit.page.inner_text("body")
        for digest in done.digests:
            assert digest in text
        assert done.title not in text
        assert "登录" not in text

    def test_the_number_alone_shows_no_digest_and_asks_for_the_code(
        self, visit: Visit, done: Deposited, stack: RunningStack
    ) -> None:
        page = visit.page
        page.goto(f"{stack.address}/v/{done.number}")
        expect(page.get_by_role("heading", name="有效 Valid")).to_be_visible()
        assert done.digests[0] not in page.content()
        page.get_by_label("校验码").fill(done.check.lower())
        page.get_by_role("button", name="继续").click()
        expect(page.get_by_text(done.digests[0]).first).to_be_visible()


class TestTheFile:
    def test_the_right_file_is_named_by_its_place(self, visit: Visit, done: Deposited) -> None:
        visit.page.goto(done.verify_url)
        visit.page.get_by_label("把作品文件拖到这里").set_input_files(done.files[1])
        found = visit.page.get_by_role("heading", name="正是本存证的第 2 个文件")
        expect(found).to_be_visible()

    def test_a_dropped_file_with_one_changed_byte_is_not_among_them_and_never_called_forged(
        self, visit: Visit, done: Deposited
    ) -> None:
        data = bytearray(done.files[0].read_bytes())
        data[len(data) // 2] ^= 1
        visit.page.goto(done.verify_url)
        visit.page.wait_for_selector("#compare .drop")
        drop(visit.page, "#compare .drop", "changed.jpg", list(data))
        found = visit.page.get_by_role("heading", name="不在本存证的文件之中")
        expect(found).to_be_visible()
        expect(visit.page.get_by_text("这不表示它是伪造的")).to_be_visible()

    def test_hashing_can_be_stopped(self, visit: Visit, done: Deposited, tmp_path: Path) -> None:
        big = tmp_path / "big.bin"
        with big.open("wb") as file:
            file.truncate(BIG * 40)
        visit.page.goto(done.verify_url)
        visit.page.get_by_label("把作品文件拖到这里").set_input_files(big)
        visit.page.get_by_role("button", name="停止").click()
        expect(visit.page.get_by_role("heading", name="已停止 Stopped")).to_be_visible()

    def test_a_file_of_many_slices_is_hashed_whole(
        self, visit: Visit, done: Deposited, tmp_path: Path
    ) -> None:
        big = tmp_path / "big.bin"
        big.write_bytes(done.files[0].read_bytes() + bytes(BIG))
        told = subprocess.run(["sha256sum", big], capture_output=True, text=True, check=True)
        visit.page.goto(done.verify_url)
        visit.page.get_by_label("把作品文件拖到这里").set_input_files(big)
        expect(visit.page.get_by_text(told.stdout.split()[0])).to_be_visible(timeout=30_000)


class TestTheCertificate:
    def test_the_original_is_known_and_a_changed_one_is_not(
        self, visit: Visit, done: Deposited, tmp_path: Path
    ) -> None:
        page = visit.page
        page.goto(done.verify_url)
        place = page.get_by_label("把证书 PDF 拖到这里")
        place.set_input_files(done.certificate)
        expect(page.get_by_role("heading", name="与出具的证书逐字节相同")).to_be_visible()
        changed = tmp_path / "changed.pdf"
        changed.write_bytes(done.certificate.read_bytes() + b"\n")
        place.set_input_files(changed)
        expect(page.get_by_role("heading", name="本站没有出具过这些字节")).to_be_visible()
        posted = [each for each in visit.requests if each.method == "POST"]
        assert [len(each.post_data_buffer or b"") for each in posted] == [77, 77]


def open_with_a_key(page: Page) -> FileChooser:
    """Press Enter until the chooser opens: a busy browser can lose a key."""
    for _ in range(6):
        try:
            with page.expect_file_chooser(timeout=5000) as chooser:
                page.keyboard.press("Enter")
        except PlaywrightTimeout:
            continue
        return chooser.value
    raise AssertionError("no file chooser opened")


class TestRegistration:
    def test_its_certificates_page_says_which_registration_it_is(
        self, visit: Visit, papers: Papers
    ) -> None:
        content = json.loads(pdffile.attachments(papers.pdf)["content.json"])
        visit.page.goto(content["verify_url"])
        expect(visit.page.get_by_role("heading", name="有效 Valid")).to_be_visible()
        facts = visit.page.locator(".facts")
        for said in ("登记号", papers.number, "登记机构", "山间", "张三"):
            expect(facts).to_contain_text(said)

    def test_its_page_shows_the_times_of_its_certificate_under_the_same_names(
        self, visit: Visit, papers: Papers
    ) -> None:
        content = json.loads(pdffile.attachments(papers.pdf)["content.json"])
        visit.page.goto(content["verify_url"])
        rows = visit.page.locator(".times tbody tr")
        expect(rows).to_have_count(5)
        printed = bare(pdffile.page_text(papers.pdf))
        for row in rows.all():
            named, told, _ = row.locator("th, td").all_inner_texts()
            local, _, utc = told.partition("\n")
            said = f"{named} {local} 北京时间 UTC+8 {utc}" if utc else f"{named} {local}"
            assert bare(said) in printed
        for said in ("登记是权属的初步证明", "不证明作者身份"):
            expect(visit.page.locator("#scope-body")).to_contain_text(said)

    def test_its_number_leads_from_the_home_page_to_its_own(
        self, visit: Visit, papers: Papers, stack: RunningStack
    ) -> None:
        visit.page.goto(stack.address)
        visit.page.get_by_label("登记号").fill(papers.number.lower())
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(f"{stack.address}/v/{quote(papers.number)}")
        expect(visit.page.get_by_role("heading", name="有效 Valid")).to_be_visible()
        facts = visit.page.locator(".facts")
        for said in (papers.number, papers.record, "登记的记录"):
            expect(facts).to_contain_text(said)
        expect(facts).not_to_contain_text("张三")

    def test_a_number_of_no_register_is_not_known_there(
        self, visit: Visit, stack: RunningStack
    ) -> None:
        visit.page.goto(f"{stack.address}/v/{quote('国作登字-2019-F-00916679')}")
        expect(visit.page.get_by_role("heading", name="查不到")).to_be_visible()
        expect(visit.page.get_by_text("本登记簿查无此登记号")).to_be_visible()
        visit.errors.clear()  # the browser notes that the answer was 404


class TestKeyboard:
    def test_everything_can_be_done_without_a_mouse(
        self, visit: Visit, done: Deposited, stack: RunningStack
    ) -> None:
        page, keys = visit.page, visit.page.keyboard
        page.goto(stack.address)
        keys.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        for _ in range(2):
            keys.press("Tab")
        expect(page.get_by_label("存证编号")).to_be_focused()
        keys.type("YJ-0000")
        keys.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("这不是一个存证编号")
        expect(page.get_by_label("存证编号")).to_be_focused()
        keys.press("ControlOrMeta+a")
        keys.type(f"{done.number}-{done.check}")
        keys.press("Enter")
        expect(page.get_by_role("heading", name="有效 Valid")).to_be_visible()
        work = page.get_by_label("把作品文件拖到这里")
        expect(work).to_be_attached()
        for _ in range(10):
            keys.press("Tab")
            if work.evaluate("each => each === document.activeElement"):
                break
        expect(work).to_be_focused()
        open_with_a_key(page).set_files(done.files[0])
        expect(page.get_by_role("heading", name="正是本存证的第 1 个文件")).to_be_visible()
        expect(page.locator("#compare [role=status]")).to_contain_text("正是本存证的第 1 个文件")


class TestStructure:
    @pytest.mark.parametrize("path", ["/", "/v/YJ-0123-4567-89AB-CDEW"])
    def test_landmarks_headings_and_labels_are_in_order(
        self, visit: Visit, stack: RunningStack, path: str
    ) -> None:
        page = visit.page
        page.goto(stack.address + path)
        for role in ("banner", "main", "contentinfo"):
            expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("input, button, a, select")]
                .filter(each => !(each.labels?.length || each.textContent.trim()
                    || each.ariaLabel)).length"""
        )
        assert unnamed == 0

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_text_has_enough_contrast(
        self, browser: Browser, done: Deposited, scheme: str
    ) -> None:
        page = browser.new_page(color_scheme=scheme, viewport=DESKTOP)  # type: ignore[arg-type]
        page.goto(done.verify_url)
        page.get_by_label("把作品文件拖到这里").set_input_files(done.files[0])
        page.wait_for_selector("#compare .results h3")
        faint = page.evaluate(CONTRAST)
        page.close()
        assert faint == []


# WCAG 2.2 §1.4.3: 4.5 to 1 for text; large text is held to the same here.
CONTRAST = """() => {
    const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = parts(colour).slice(0, 3).map((each) => {
            const share = each / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (parts(colour).length === 3 || parts(colour)[3] === 1) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim();
        const element = walker.currentNode.parentElement;
        if (!text || !element.checkVisibility() || element.closest("noscript")) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${text.slice(0, 30)}`);
    }
    return faint;
}"""
