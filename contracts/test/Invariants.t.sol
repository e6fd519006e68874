// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EvidenceAnchor} from "../src/EvidenceAnchor.sol";
import {AnchorTest} from "./AnchorTest.sol";
import {Players} from "./Players.sol";

/// @notice What holds after any sequence of calls by anybody.
contract InvariantsTest is AnchorTest {
    Players private players;

    function setUp() public override {
        super.setUp();
        players = new Players(notebook, ADMIN, [ANCHORER, REGISTRAR, STRANGER]);
    }

    /// @dev Read by forge: only this contract is driven, so that every call goes through a player.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(players);
    }

    function invariant_WhateverHappens_EachRootKeepsItsFirstFacts() public view {
        for (uint256 index = 0; index < players.ROOTS(); index++) {
            bytes32 root = players.rootAt(index);
            (uint64 time, uint64 size, uint64 height) = players.firstAnchor(root);
            assertAnchor(root, time, size, height);
            vm.assertEq(notebook.isIssued(root), size != 0, "isIssued agrees with anchorOf");
        }
    }

    function invariant_WhateverHappens_EachRevocationKeepsItsFirstFacts() public view {
        for (uint256 index = 0; index < players.ROOTS(); index++) {
            bytes32 leaf = players.rootAt(index);
            (uint64 time, uint8 reason) = players.firstRevocation(leaf);
            assertRevocation(leaf, time, reason);
            vm.assertEq(notebook.isRevoked(leaf), reason != 0, "isRevoked agrees");
        }
    }

    function invariant_WhateverHappens_TheRulesAloneDecideWhichCallsSucceed() public view {
        vm.assertEq(players.surprises(), 0, "a call succeeded or failed against the rules");
    }

    function invariant_WhateverHappens_TheContractHoldsNoMoney() public view {
        vm.assertEq(address(notebook).balance, 0);
    }
}
