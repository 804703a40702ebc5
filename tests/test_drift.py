from __future__ import annotations

import pytest

from rag.language.drift import foreign_letter, is_foreign, language_of, parted


def test_a_letter_of_another_script_is_found_where_it_stands() -> None:
    assert foreign_letter("Cầu dài 486米") == 11
    assert foreign_letter("Cầu dài 486 m") is None
    assert foreign_letter("Bảo tàng 故宫", known="Bảo tàng Cố Cung (故宫)") is None
    assert foreign_letter("мост") == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge is 486 meters long.",
        "I do not know the answer to this question.",
        "Le pont mesure 486 metres de longueur.",
        "Tỉnh ủy dự kiến làm hai nghị quyết và four đề án.",  # one word is enough
    ],
)
def test_another_language(sentence: str) -> None:
    assert is_foreign(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Cầu dài 486 m.",
        "Samsung Electronics",  # too short to tell
        "Cong trinh nay dai bon tram met.",  # without accents, but Vietnamese
        "Con tem, the lụa và hai mươi tám the nữa.",
        "Hãng Samsung Electronics Vietnam mở nhà máy.",
        "",
    ],
)
def test_vietnamese(sentence: str) -> None:
    assert not is_foreign(sentence)


def test_what_the_articles_say_may_be_repeated() -> None:
    assert is_foreign("Manchester United Football Club")
    assert is_foreign("Ngân hàng Bank of America")
    assert not is_foreign("Ngân hàng Bank of America", "Bank of America lãi lớn")
    assert not is_foreign("Manchester United Football Club", "CLB Manchester United (Football Club)")


def test_a_sentence_in_another_script_begins_a_line() -> None:
    assert parted("Cầu dài 486 m. 该桥") == "Cầu dài 486 m.\n该桥"
    assert parted("Cầu dài 486 m. Cầu") == "Cầu dài 486 m. Cầu"


ENGLISH = (
    "The bridge over the Luc Yen river was opened to traffic on Tuesday, two months ahead of schedule, "
    "officials said. It is 486 meters long and has replaced the ferry that people of both banks used."
)
FRENCH = (
    "Le pont sur la rivière a été ouvert mardi à la circulation, deux mois avant la date prévue, selon les "
    "autorités. Long de 486 mètres, il remplace le bac que les habitants utilisaient depuis quarante ans."
)
WITHOUT_ACCENTS = (
    "Cau Bach Lap thong xe sang 12/3, som hai thang so voi ke hoach. Cau dai 486 m, co bon lan xe va hai "
    "loi di bo, thay cho chuyen pha ma nguoi dan hai bo da di suot bon muoi nam qua."
)


@pytest.mark.parametrize(
    ("article", "language"),
    [
        (ENGLISH, "en"),
        (f"{ENGLISH} Chairman Nguyễn Văn Páo said the ferrymen of Nà Lạng will be given work.", "en"),
        (FRENCH, "other"),
        ("Мост через реку был открыт для движения во вторник, на два месяца раньше срока.", "other"),
        ("周二，跨河大桥正式通车，比计划提前了两个月。大桥全长四百八十六米。", "other"),
        (
            "Cầu Bạch Lạp thông xe sáng 12/3, sớm hai tháng so với kế hoạch; cầu dài 486 m, có bốn làn xe.",
            "vi",
        ),
        (WITHOUT_ACCENTS, "vi"),
        (
            f"Tại lễ khánh thành, đoàn khách phát biểu: “{ENGLISH[:98]}”, rồi bà con hai xã đáp lời.",
            "vi",
        ),
        ("USB 3.0 Type-C, HDMI 2.1", "vi"),
        (" ".join(f"{n}. Whitlock, Sunderfield {n} - Stokesby {n + 1}" for n in range(9)), "vi"),
        ("", "vi"),
    ],
)
def test_the_language_of_an_article(article: str, language: str) -> None:
    assert language_of(article) == language
