// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {AnchorTest} from "./AnchorTest.sol";

/// @notice What a transaction costs, calldata and the 21,000 of every transaction included.
contract GasTest is AnchorTest {
    /// @dev The price of one root; at a thousand leaves this is 50 gas for each.
    uint64 private constant ANCHOR_LIMIT = 50_000;
    uint64 private constant REVOKE_LIMIT = 50_000;

    /// @dev A SHA-256 value without zero bytes: the dearest calldata a root can be.
    bytes32 private constant DENSE = bytes32(type(uint256).max);

    function setUp() public override {
        super.setUp();
        // The first root of a contract costs the same as the millionth; this shows it.
        anchorAs(ANCHORER, ROOT, 1);
    }

    function test_WhenARootIsAnchored_ItCostsAtMostTheLimit() public {
        anchorAs(ANCHORER, DENSE, 1000);
        vm.assertLe(vm.lastCallGas().gasTotalUsed, ANCHOR_LIMIT);
    }

    function test_WhenTheTreeIsAsLargeAsCanBe_AnchoringCostsAtMostTheLimit() public {
        anchorAs(ANCHORER, DENSE, type(uint64).max);
        vm.assertLe(vm.lastCallGas().gasTotalUsed, ANCHOR_LIMIT);
    }

    function test_WhenALeafIsRevoked_ItCostsAtMostTheLimit() public {
        revokeAs(REGISTRAR, DENSE, 3);
        vm.assertLe(vm.lastCallGas().gasTotalUsed, REVOKE_LIMIT);
    }
}
